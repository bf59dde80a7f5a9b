/**
 * What of a Tor's process this user may read on this machine.
 * Owns the trying out of each tool; a reading is thrown away, and no address leaves this module.
 */
import type { ControlClient } from '../../control/client.ts';
import { ConntapeError, messageOf } from '../../error.ts';
import { countDescriptors } from '../../sockets/proc.ts';
import { openSocketReader, WITNESS_TOOLS, type WitnessTool } from '../../sockets/reader.ts';
import { whoseProcess } from '../whose.ts';
import type { Check, CheckOptions } from './answer.ts';

/** What is read there, and whether it is enough for a stock Tor. */
export interface Readable {
  readonly checks: readonly Check[];
  readonly servesStock: boolean;
}

/** @param isNative whether the sockets are a witness's alone. Rejects as the connection breaks. */
export async function checkReadable(
  client: ControlClient,
  isNative: boolean,
  { connect, monotonic }: Pick<CheckOptions, 'connect' | 'monotonic'>,
): Promise<Readable> {
  let pid: number;
  try {
    pid = await whoseProcess(client, connect.address, (connect.now ?? Date.now)());
  } catch (thrown) {
    if (!(thrown instanceof ConntapeError) || thrown.kind !== 'connect') throw thrown;
    const { cause, hint } = thrown.parts;
    return {
      checks: [
        { what: 'process', answer: 'no', says: cause, steps: stepsOf(hint) },
        ...['descriptors', 'sockets', 'witness'].map(unknownOf),
      ],
      servesStock: false,
    };
  }
  const tried = new Map<WitnessTool, Tried>();
  for (const tool of WITNESS_TOOLS) tried.set(tool, await tryTool(pid, tool, monotonic));
  const ss = tried.get('ss')!;
  return {
    checks: [
      { what: 'process', answer: 'yes', says: `${pid} is this Tor’s`, steps: [] },
      await checkDescriptors(client, pid),
      checkSockets(ss, isNative),
      checkWitness(tried, isNative),
    ],
    servesStock: ss.failed === undefined && ss.counts !== 'nothing',
  };
}

function unknownOf(what: string): Check {
  return { what, answer: 'no', says: 'it is not known whose they are', steps: [] };
}

/** How a tool does. */
interface Tried {
  readonly failed: ConntapeError | undefined;
  readonly sockets: number;
  readonly tookMs: number;
  readonly counts: string | undefined;
}

async function tryTool(pid: number, tool: WitnessTool, monotonic: () => number): Promise<Tried> {
  const nothing = { sockets: 0, tookMs: 0, counts: undefined };
  try {
    const reader = await openSocketReader(pid, [tool]);
    const began = monotonic();
    const { length: sockets } = await reader.read(pid);
    return { failed: undefined, sockets, tookMs: monotonic() - began, counts: reader.counts };
  } catch (thrown) {
    if (thrown instanceof ConntapeError) return { ...nothing, failed: thrown };
    throw thrown;
  }
}

async function checkDescriptors(client: ControlClient, pid: number): Promise<Check> {
  const what = 'descriptors';
  const used = await countDescriptors(pid);
  if (used === undefined) {
    const says = `/proc/${pid}/fd cannot be read: how many are in use is not known`;
    return { what, answer: 'no', says, steps: stepsOf(AS_TOR) };
  }
  const limit = (await client.tryGetInfo('process/descriptor-limit').catch(refused)) ?? '';
  const of = /^\d+$/.test(limit) ? ` of ${limit}` : '';
  return { what, answer: 'yes', says: `${used}${of} in use`, steps: [] };
}

function checkSockets({ failed, sockets, tookMs, counts }: Tried, isNative: boolean): Check {
  const what = 'sockets';
  if (failed !== undefined) {
    const steps = stepsOf(failed.parts.hint);
    return { what, answer: 'no', says: failed.parts.cause, steps };
  }
  const read = `ss reads ${sockets} of Tor’s in ${(tookMs / 1000).toFixed(2)} s`;
  const steps = ['this takes Linux 4.19 and iproute2 5, or later'];
  if (counts === 'nothing')
    return { what, answer: 'no', says: `${read}, and counts no bytes`, steps };
  if (counts === 'received') {
    return { what, answer: 'partly', says: `${read}, and counts what is received only`, steps };
  }
  const use = isNative ? 'a witness beside conn/all' : 'each connection, and its bytes';
  return { what, answer: 'yes', says: `${read}: ${use}`, steps: [] };
}

/** For a stock Tor a reading of its own: what `ss` reads, its listing is made of. */
function checkWitness(tried: ReadonlyMap<WitnessTool, Tried>, isNative: boolean): Check {
  const what = 'witness';
  const tools = WITNESS_TOOLS.filter((tool) => tried.get(tool)!.failed === undefined);
  const own = tools.filter((tool) => isNative || tool !== 'ss');
  if (own.length > 0) {
    const how = isNative ? '' : `, with --witness ${own[0]}`;
    return { what, answer: 'yes', says: `${own.join(', ')}${how}`, steps: [] };
  }
  const steps = ['apt install lsof'];
  if (tools.length > 0) {
    const says = 'ss alone, which the listing is made of: only events can be held against it';
    return { what, answer: 'partly', says, steps };
  }
  return { what, answer: 'no', says: messageOf(tried.get('lsof')!.failed), steps };
}

const AS_TOR = 'run as the same user as Tor, or as root';

/** Who may not look into another user's process may be let: both capabilities are needed for it. */
function stepsOf(hint: string | undefined): string[] {
  if (hint === undefined) return [];
  return /\broot\b/.test(hint)
    ? [hint, 'or give it CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH (systemd: AmbientCapabilities=)']
    : [hint];
}

function refused(thrown: unknown): undefined {
  if (thrown instanceof ConntapeError && thrown.kind === 'protocol') return undefined;
  throw thrown;
}
