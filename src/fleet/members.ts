/**
 * The recordings of a fleet, before anything is asked of them: whose each is, and of when.
 * Owns their order and what they are called beside one another; asking them is audit.ts's and
 * answer.ts's.
 */
import { fingerprintIn } from '../listing/fingerprint.ts';
import type { Window } from '../recording/reader.ts';
import { recordedExtent } from '../reports/recorded.ts';
import type { FoundRecordings } from './files.ts';
import type { Member, Silence } from './member.ts';
import { type Heard, heard } from './silence.ts';

export interface Fleet {
  /** In order: a relay's stand together, the older first. */
  readonly members: readonly Member[];
  /** Those that cannot be asked. */
  readonly silent: readonly Silence[];
}

/** Opens each recording, one after another, and sees whose it is. */
export async function fleetOf({ paths, silent: unseen }: FoundRecordings): Promise<Fleet> {
  const members: Member[] = [];
  const silent = [...unseen];
  for (const path of paths) {
    const { said, silence } = await memberAt(path);
    if (silence === undefined) members.push(said);
    else silent.push(silence);
  }
  return { members: members.sort(inOrder), silent };
}

function memberAt(path: string): Promise<Heard<Member>> {
  return heard(path, undefined, (recording) => {
    const extent = recordedExtent(recording);
    const { relay, intervalMs } = recording.header;
    return {
      path,
      fingerprint: fingerprintIn(relay.fingerprint) ?? '',
      nickname: relay.nickname,
      extent,
      intervalMs,
      notice: recording.notice,
    };
  });
}

/** `relay2` before `relay10`, as whoever numbers relays counts. */
const COUNTING = new Intl.Collator('en', { numeric: true });

function inOrder(one: Member, other: Member): number {
  return (
    COUNTING.compare(one.nickname, other.nickname) ||
    compared(one.fingerprint, other.fingerprint) ||
    one.extent.from - other.extent.from ||
    compared(one.path, other.path)
  );
}

function compared(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** From the first snapshot of any of them to the last; undefined where there is none. */
export function extentOf(members: readonly Member[]): Window | undefined {
  if (members.length === 0) return undefined;
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { extent } of members) {
    from = Math.min(from, extent.from);
    to = Math.max(to, extent.to);
  }
  return { from, to };
}

/** How many relays they are of; what is not a relay's is one of its own. */
export function relayCount(members: readonly Member[]): number {
  return new Set(members.map(ownerOf)).size;
}

/** What a relay's recordings have in common, and no other's. */
function ownerOf({ fingerprint, path }: Member): string {
  return fingerprint === '' ? path : fingerprint;
}

/** What Tor takes for one; anything else could pass for a list of relays, or for a sentence. */
const NICKNAME = /^[A-Za-z0-9]{1,19}$/;

/**
 * What each is called where they stand side by side, in their order: by its nickname, or the beginning
 * of its fingerprint, both where another relay has that nickname; with its path where a relay has several.
 */
export function labelsOf(members: readonly Member[]): string[] {
  const owners = new Map<string, Set<string>>();
  const recordings = new Map<string, number>();
  for (const member of members) {
    const owner = ownerOf(member);
    owners.set(member.nickname, (owners.get(member.nickname) ?? new Set()).add(owner));
    recordings.set(owner, (recordings.get(owner) ?? 0) + 1);
  }
  return members.map((member) => {
    const { nickname, fingerprint, path } = member;
    const short = shortFingerprint(member);
    const isAlone = owners.get(nickname)!.size === 1;
    if (fingerprint === '') return path;
    const name = NICKNAME.test(nickname) ? (isAlone ? nickname : `${nickname} ${short}`) : short;
    return recordings.get(ownerOf(member)) === 1 ? name : `${name} (${path})`;
  });
}

/** Its first eight digits: enough to know a relay by, beside others. */
export function shortFingerprint({ fingerprint }: Member): string {
  return fingerprint.slice(0, 8);
}
