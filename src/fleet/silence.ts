/**
 * What does not answer of those that were asked, and why.
 * Owns telling a recording that cannot answer from a program that fails; who asks what is its callers'.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ConntapeError, messageOf } from '../error.ts';
import { damageOf } from '../recording/damage.ts';
import { faultOf } from '../recording/faults.ts';
import { Recording } from '../recording/reader.ts';
import type { Member, Silence } from './member.ts';

export type Heard<Result> =
  | { readonly said: Result; readonly silence?: never }
  | { readonly said?: never; readonly silence: Silence };

/**
 * What `use` makes of the recording at a path, which is open meanwhile; or why there is none. What it
 * throws of kind `recording` means that nothing was recorded. Throws what is no fault of a recording's.
 */
export async function heard<Result>(
  path: string,
  member: Member | undefined,
  use: (recording: Recording) => Result,
): Promise<Heard<Result>> {
  // What SQLite holds for databases that nobody has any more is given back between two turns only.
  await nextTurn();
  let recording: Recording | undefined;
  try {
    recording = Recording.open(path);
    return { said: use(recording) };
  } catch (thrown) {
    const isUnrecorded = recording !== undefined && isOfKind(thrown, 'recording');
    return { silence: silenceOf(path, member, damageOf(thrown, path), isUnrecorded) };
  } finally {
    recording?.close();
  }
}

function silenceOf(
  path: string,
  member: Member | undefined,
  thrown: unknown,
  isUnrecorded: boolean,
): Silence {
  if (thrown instanceof ConntapeError) {
    const { cause, hint } = thrown.parts;
    const reason = isUnrecorded ? 'unrecorded' : thrown.kind === 'damaged' ? 'damaged' : 'failed';
    return { path, member, reason, why: cause, hint };
  }
  if (!isOfSystem(thrown)) throw thrown;
  const { cause, hint } = faultOf(thrown);
  return { path, member, reason: 'failed', why: cause || messageOf(thrown), hint };
}

function isOfKind(thrown: unknown, kind: ConntapeError['kind']): boolean {
  return thrown instanceof ConntapeError && thrown.kind === kind;
}

/** What the file system or SQLite says, which is locked or cannot read; not what Node says of a mistake. */
function isOfSystem(thrown: unknown): boolean {
  return (
    thrown instanceof Error && 'code' in thrown && /^(?:SQLITE_|E[A-Z0-9]+$)/.test(`${thrown.code}`)
  );
}
