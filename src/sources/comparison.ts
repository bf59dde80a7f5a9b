/**
 * A listing beside the operating system's sockets of Tor: what only one of them has.
 * Owns the comparing; reading the sockets beside a poll is witness.ts's, the shape of the result is
 * listing/witness.ts's.
 */
import { directionOf, isEstablished } from '../listing/flags.ts';
import type { Label } from '../listing/label.ts';
import type { Listing } from '../listing/listing.ts';
import { keepsAddress } from '../listing/privacy.ts';
import { type Comparison, MAX_ROWS, type WitnessedRow } from '../listing/witness.ts';
import type { SystemSocket } from '../sockets/socket.ts';

/** A connection as the listing has it: the first of its lines, and how old it is. */
interface Reported {
  readonly label: Label;
  readonly inbound: boolean;
  /** Whether it has been there for longer than the readings were apart. */
  readonly isSettled: boolean;
}

/** A socket, and whether it was opened by the other end. */
interface Seen {
  readonly socket: SystemSocket;
  readonly inbound: boolean;
}

/**
 * Compares a listing with the sockets that were read beside it. A connection with a kept address is
 * sought by its ends; an inbound relay's may be the address that it announces, so what finds no
 * socket by its ends is counted with those whose address is withheld, as what no line was found for
 * is. Only what is established on its side, and older than the readings were apart, can be missed.
 * @param apartMs how far apart the two readings may lie.
 */
export function compare(
  listing: Listing,
  sockets: readonly SystemSocket[],
  apartMs: number,
): Comparison {
  const reported = reportedIn(listing, apartMs);
  const seen = seenIn(sockets);
  const left = new SocketsLeft(seen);
  const onlyReported: WitnessedRow[] = [];
  const counted = { inbound: 0, outbound: 0 };
  for (const { label, inbound, isSettled } of reported) {
    if (!label.withheld && left.take(label, inbound)) continue;
    if (label.withheld || inbound) counted[inbound ? 'inbound' : 'outbound']++;
    else if (isSettled) onlyReported.push(rowOf(label));
  }
  const onlySystem: WitnessedRow[] = [];
  const uncounted = { inbound: 0, outbound: 0 };
  const relays = relaysIn(listing);
  for (const { socket, inbound } of left.all()) {
    const row = rowOfSocket(socket, inbound, relays);
    if (row.ip === '0') uncounted[inbound ? 'inbound' : 'outbound']++;
    else if (socket.state === 'established') onlySystem.push(row);
  }
  // A line may be one that listens, or a handshake that goes on: it needs no socket, but may have one.
  const handshakes = handshakesIn(listing);
  const withSocket = Math.min(handshakes, Math.max(0, uncounted.inbound - counted.inbound));
  const unsettled =
    reported.filter(({ isSettled }) => !isSettled).length +
    seen.filter(({ socket }) => socket.state !== 'established').length;
  return {
    reported: reported.length + withSocket,
    system: seen.length,
    tolerance: LEAST_TOLERANCE + 2 * unsettled,
    onlyReported: onlyReported.slice(0, MAX_ROWS),
    onlySystem: onlySystem.slice(0, MAX_ROWS),
    inbound: { reported: counted.inbound + withSocket, system: uncounted.inbound },
    outbound: { reported: counted.outbound, system: uncounted.outbound },
  };
}

/**
 * Where only numbers are compared, so much may always be off. Beyond that, as many as are new or on
 * their way, twice: what opened while both were read tells how much closed meanwhile, too.
 */
const LEAST_TOLERANCE = 2;

/** UPTIME is in whole seconds: what is younger may have opened between the two readings. */
const UPTIME_STEP_S = 1;

/** How many lines are inbound and not established: TYPE_FLAGS begin with i. */
function handshakesIn({ labels }: Listing): number {
  return labels.filter(isHandshake).length;
}

function isHandshake({ flags }: Label): boolean {
  return directionOf(flags) === 'inbound' && !isEstablished(flags);
}

/** Each connection of a listing once, those that listen or still shake hands left out. */
function reportedIn({ labels, uptime }: Listing, apartMs: number): Reported[] {
  const connections = new Map<number, Reported>();
  for (const [row, label] of labels.entries()) {
    if (isHandshake(label) || connections.has(label.connId)) continue;
    connections.set(label.connId, {
      label,
      inbound: directionOf(label.flags) === 'inbound',
      isSettled: isEstablished(label.flags) && uptime[row]! > apartMs / 1000 + UPTIME_STEP_S,
    });
  }
  return [...connections.values()];
}

/** The sockets that are connections; an inbound one stands at a port that the process listens at. */
function seenIn(sockets: readonly SystemSocket[]): Seen[] {
  const listening = new Set(
    sockets.filter(({ state }) => state === 'listening').map(({ local }) => local.port),
  );
  return sockets
    .filter(({ state }) => state !== 'listening')
    .map((socket) => ({ socket, inbound: listening.has(socket.local.port) }));
}

/** Sockets that no line was found for yet, to be sought by their ends. */
class SocketsLeft {
  readonly #byEnds = new Map<string, Seen[]>();
  readonly #left: Set<Seen>;

  constructor(seen: readonly Seen[]) {
    this.#left = new Set(seen);
    for (const one of seen) {
      const { local, remote } = one.socket;
      const keys = [keyOf(remote.ip, remote.port, local.port), keyOf(remote.ip, remote.port, 0)];
      if (one.inbound) keys.push(keyOf(remote.ip, 0, local.port));
      for (const key of keys) this.#byEnds.set(key, [...(this.#byEnds.get(key) ?? []), one]);
    }
  }

  /** Takes the socket of a line: by both its ports, by the other end's, or by an inbound one's own. */
  take({ ip, port, lPort }: Label, inbound: boolean): boolean {
    const keys = [keyOf(ip, port, lPort), keyOf(ip, port, 0), keyOf(ip, 0, lPort)];
    for (const key of keys) {
      const found = this.#byEnds
        .get(key)
        ?.find((one) => one.inbound === inbound && this.#left.has(one));
      if (found !== undefined) return this.#left.delete(found);
    }
    return false;
  }

  all(): Iterable<Seen> {
    return this.#left;
  }
}

function keyOf(ip: string, port: number, lPort: number): string {
  return `${ip} ${port} ${lPort}`;
}

/** The fingerprints of the relays that a listing names, by address. */
function relaysIn({ labels }: Listing): ReadonlyMap<string, string> {
  return new Map(labels.filter(({ orId }) => orId !== '0').map(({ ip, orId }) => [ip, orId]));
}

function rowOf({ connId, orId, ip, port, lPort, flags }: Label): WitnessedRow {
  return { connId, orId, ip, port, lPort, flags };
}

/** A socket that no line stands for; its address is 0 unless it is a relay's or the operator's own. */
function rowOfSocket(
  { local, remote }: SystemSocket,
  inbound: boolean,
  relays: ReadonlyMap<string, string>,
): WitnessedRow {
  const flags = inbound ? 'I' : 'O';
  const orId = inbound ? '0' : (relays.get(remote.ip) ?? '0');
  const kept = keepsAddress(orId, flags, remote.ip);
  return {
    connId: undefined,
    orId,
    ip: kept ? remote.ip : '0',
    port: kept ? remote.port : 0,
    lPort: kept ? local.port : 0,
    flags,
  };
}
