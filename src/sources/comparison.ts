/**
 * A listing beside the operating system's sockets of Tor: what only one of them has.
 * Owns the comparing; reading the sockets beside a poll is witness.ts's, the shape of the result is
 * listing/witness.ts's.
 */
import { directionOf, isEstablished, usageOf } from '../listing/flags.ts';
import type { Label } from '../listing/label.ts';
import type { Listing } from '../listing/listing.ts';
import { keepsAddress, needsPolicy } from '../listing/privacy.ts';
import { type Comparison, MAX_ROWS, type WitnessedRow } from '../listing/witness.ts';
import { normalAddress, type SystemSocket } from '../sockets/socket.ts';

/** A connection as the listing has it: the first of its lines, and how old it is. */
interface Reported {
  readonly label: Label;
  readonly inbound: boolean;
  /** Whether it has been there for longer than the readings were apart. */
  readonly isSettled: boolean;
}

/** What of a line or a row decides whether its address may be named. */
type Named = Pick<Label, 'orId' | 'flags' | 'ip'>;

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
 * @param listened the ports that the process was seen to listen at before: a listener may go while
 *   its connections live on.
 * @param keepsLocal whether addresses of the operator's own network may be named, as `keepsLocalOf`
 *   says; else what one side alone has is counted.
 */
export function compare(
  listing: Listing,
  sockets: readonly SystemSocket[],
  apartMs: number,
  listened: ReadonlySet<number>,
  keepsLocal: boolean,
): Comparison {
  const mayName = ({ orId, flags, ip }: Named) => keepsLocal || !needsPolicy(orId, flags, ip);
  const reported = reportedIn(listing, apartMs);
  const seen = seenIn(sockets, listened);
  const { withoutSocket, withoutLine } = pair(reported, seen);
  const onlyReported: WitnessedRow[] = [];
  const counted = { inbound: 0, outbound: 0 };
  const unsure = withoutSocket.filter(({ label }) => directionOf(label.flags) === 'unknown').length;
  for (const { label, inbound, isSettled } of withoutSocket) {
    if (directionOf(label.flags) === 'unknown') continue;
    if (label.withheld || inbound || !mayName(label)) counted[inbound ? 'inbound' : 'outbound']++;
    else if (isSettled) onlyReported.push(witnessedRowOf(label));
  }
  const onlySystem: WitnessedRow[] = [];
  const uncounted = { inbound: 0, outbound: 0 };
  let unsureLeft = unsure;
  const relays = relaysIn(listing);
  for (const { socket, inbound } of withoutLine) {
    const row = rowOfSocket(socket, inbound, relays);
    if (row.ip === '0' || !mayName(row)) uncounted[inbound ? 'inbound' : 'outbound']++;
    // A line of unknown direction has no address: it may be any socket's that has none at a listener.
    else if (!inbound && row.orId === '0' && unsureLeft > 0) {
      unsureLeft--;
      uncounted.outbound++;
    } else if (socket.state === 'established') onlySystem.push(row);
  }
  const cameIn = Math.min(unsure, Math.max(0, uncounted.inbound - counted.inbound));
  counted.inbound += cameIn;
  counted.outbound += unsure - cameIn;
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
    onlyReportedCount: onlyReported.length,
    onlySystemCount: onlySystem.length,
    inbound: { reported: counted.inbound + withSocket, system: uncounted.inbound },
    outbound: { reported: counted.outbound, system: uncounted.outbound },
  };
}

/**
 * How much may always be off where only numbers are compared. Beyond that, as many as are new or on
 * their way, twice: what opened while both were read shows how much closed meanwhile, too.
 */
export const LEAST_TOLERANCE = 2;

/** UPTIME is in whole seconds: what is younger may have opened between the two readings. */
const UPTIME_STEP_S = 1;

/** How many lines are inbound and not established: TYPE_FLAGS begin with i. */
function handshakesIn({ labels }: Listing): number {
  return labels.filter(isHandshake).length;
}

function isHandshake({ flags }: Label): boolean {
  return directionOf(flags) === 'inbound' && !isEstablished(flags);
}

function isUnixControl({ flags, ip }: Label): boolean {
  return usageOf(flags) === 'control' && ip === '0';
}

/**
 * Each connection of a listing once. Left out are those that listen or still shake hands, and
 * controllers without an address: they came by a Unix socket, which is not among these.
 */
function reportedIn({ labels, uptime }: Listing, apartMs: number): Reported[] {
  const connections = new Map<number, Reported>();
  for (const [row, label] of labels.entries()) {
    if (isHandshake(label) || isUnixControl(label) || connections.has(label.connId)) continue;
    connections.set(label.connId, {
      label,
      inbound: directionOf(label.flags) === 'inbound',
      isSettled: isEstablished(label.flags) && uptime[row]! > apartMs / 1000 + UPTIME_STEP_S,
    });
  }
  return [...connections.values()];
}

/** The ports that the process listens at. */
export function listeningPorts(sockets: readonly SystemSocket[]): number[] {
  return sockets.filter(({ state }) => state === 'listening').map(({ local }) => local.port);
}

/**
 * The sockets that are connections; an inbound one stands at a port that is or was listened at, where
 * the tool does not say who opened it.
 */
function seenIn(sockets: readonly SystemSocket[], listened: ReadonlySet<number>): Seen[] {
  const listening = new Set([...listened, ...listeningPorts(sockets)]);
  return sockets
    .filter(({ state }) => state !== 'listening')
    .map((socket) => ({ socket, inbound: socket.inbound ?? listening.has(socket.local.port) }));
}

/** The ends of a connection, as its line or its socket gives them. */
interface Ends {
  readonly inbound: boolean;
  readonly ip: string;
  readonly port: number;
  readonly lPort: number;
}

/** How a line may be found a socket: those lines for which it may, and what must be the same. */
interface Way {
  readonly serves: (line: Ends) => boolean;
  readonly keyOf: (ends: Ends) => string;
}

/** The surest first, so that no line takes the socket that is another's. */
const WAYS: readonly Way[] = [
  { serves: () => true, keyOf: ({ ip, port, lPort }) => `${ip} ${port} ${lPort}` },
  // A line without its own port.
  { serves: ({ lPort }) => lPort === 0, keyOf: ({ ip, port }) => `${ip} ${port}` },
  // An inbound relay, whose line may have the port that Tor listens at.
  { serves: ({ inbound }) => inbound, keyOf: ({ ip, lPort }) => `${ip} ${lPort}` },
];

interface Paired {
  readonly withoutSocket: readonly Reported[];
  readonly withoutLine: Iterable<Seen>;
}

/** Finds each line with a kept address its socket; the others have none to be found by. */
function pair(reported: readonly Reported[], seen: readonly Seen[]): Paired {
  const left = new Set(seen);
  let lines = reported.filter(({ label }) => !label.withheld);
  for (const { serves, keyOf } of WAYS) {
    const byKey = new Map<string, Seen[]>();
    for (const one of left) {
      const key = `${one.inbound} ${keyOf(endsOf(one))}`;
      const others = byKey.get(key);
      if (others === undefined) byKey.set(key, [one]);
      else others.push(one);
    }
    lines = lines.filter(({ label, inbound }) => {
      const { ip, port, lPort } = label;
      const line = { inbound, ip: normalAddress(ip), port, lPort };
      const found = serves(line) ? byKey.get(`${inbound} ${keyOf(line)}`)?.pop() : undefined;
      return found === undefined || !left.delete(found);
    });
  }
  const missed = new Set(lines);
  const withoutSocket = reported.filter((one) => one.label.withheld || missed.has(one));
  return { withoutSocket, withoutLine: left };
}

function endsOf({ socket: { local, remote }, inbound }: Seen): Ends {
  return { inbound, ip: remote.ip, port: remote.port, lPort: local.port };
}

/**
 * The fingerprints of the relays that a listing names, by where it connected to them. The port
 * counts: what else is at a relay's address is a place that exit traffic may go to.
 */
function relaysIn({ labels }: Listing): ReadonlyMap<string, string> {
  return new Map(
    labels
      .filter(({ orId, flags }) => orId !== '0' && directionOf(flags) === 'outbound')
      .map(({ ip, port, orId }) => [`${normalAddress(ip)} ${port}`, orId]),
  );
}

/** A connection that Tor reports, as a row. */
export function witnessedRowOf({ connId, orId, ip, port, lPort, flags }: Label): WitnessedRow {
  return { connId, orId, ip, port, lPort, flags };
}

/** A socket that no line stands for; its address is 0 unless it is a relay's or the operator's own. */
function rowOfSocket(
  { local, remote }: SystemSocket,
  inbound: boolean,
  relays: ReadonlyMap<string, string>,
): WitnessedRow {
  const flags = inbound ? 'I' : 'O';
  const orId = inbound ? '0' : (relays.get(`${remote.ip} ${remote.port}`) ?? '0');
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
