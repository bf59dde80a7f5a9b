/**
 * Whether it connected to the destination, how many connections left the Tor network, and whether any
 * went into the local network.
 * Owns these questions and their words (docs/reference.md, Answering a complaint).
 */
import { directionOf, isOutsideTor, usageOf } from '../../listing/flags.ts';
import { isoTime } from '../../listing/instant.ts';
import { isLocalAddress, keepsLocalOf } from '../../listing/privacy.ts';
import type { Window } from '../../recording/reader.ts';
import { count, duration, percent } from '../findings/wording.ts';
import type { ComplaintAnswer } from './complaint.ts';
import type { HeldSession, Looked } from './looking.ts';
import type { SightedConnection, TorCounted } from './sighted.ts';
import { destinationText, firstFacts, spanText } from './wording.ts';

/** None where no destination was given. */
export function destinationAnswers(looked: Looked): ComplaintAnswer[] {
  const { complaint, sights } = looked;
  const { destination } = complaint;
  if (destination === undefined) return [];
  const what = destinationText(destination);
  const about = {
    question: 'destination',
    asks: `Did it connect to ${what}?`,
    ...seenSpan(looked),
  } as const;
  const { toDestination, kept, withheld } = sights;
  if (toDestination.connections.length > 0) {
    const because = `${count(toDestination.connections.length, 'connection')} to ${what} stood in snapshots: addresses are kept where they are a relay’s, a controller’s or of the own network.`;
    const evidence = firstFacts(toDestination.connections.map(connectionText));
    return [{ ...about, verdict: 'seen', because, evidence }];
  }
  const others = `none of the ${count(kept.connections.length, 'outbound connection')} whose address is kept went there: those to relays, to controllers and into the own network`;
  if (withheld.connections.length === 0 && looked.held.every(canHaveNoExits)) {
    const because = `Every outbound connection that stood in a snapshot has its address in the recording, and ${others}. ${shortAddressSentence(looked)}${blindSentence(looked, about)}`;
    return [{ ...about, verdict: 'not seen', because, evidence: [] }];
  }
  const because =
    'Where connections go that leave the Tor network is never stored; whether the exit policy admitted the address, and how many such connections there were, is.';
  return [{ ...about, verdict: 'not observable', because, evidence: [others] }];
}

/** Whether no exit traffic was accepted, as its configuration says. */
function canHaveNoExits({ header: { config } }: HeldSession): boolean {
  return (config['exit-policy/accepts'] ?? config['ExitRelay']) === '0';
}

const NOT_COUNTED =
  'how many came and went between two polls is not known: no two readings of Tor’s MetricsPort say so';

export function leftAnswers(looked: Looked): ComplaintAnswer[] {
  const { sights, held, recording, window } = looked;
  const about = {
    question: 'left',
    asks: 'How many connections left the Tor network then?',
    ...seenSpan(looked),
  } as const;
  const reported = recording.index
    .unlistedConnections(window)
    .filter(({ orId, flags }) => orId === '0' && isLeavingBy(flags)).length;
  const { leaving, unsure, outside, counted } = sights;
  const listed = leaving.connections.length;
  const made = counted.reduce((sum, { created }) => sum + created, 0);
  const evidence = [
    ...counted.map(countedText),
    ...(counted.length > 0 || shortOf(looked) === undefined ? [] : [NOT_COUNTED]),
    ...(outside === undefined || outside.connections === 0
      ? []
      : [
          `at most ${count(outside.connections, 'connection')} at once to ${addresses(outside.addresses)} outside, ${outside.most} of them to one`,
        ]),
    ...(unsure.connections.length === 0
      ? []
      : [
          `of ${count(unsure.connections.length, 'connection')} more it is not known whether they left`,
        ]),
  ];
  if (listed + reported > 0) {
    const between =
      reported === 0 ? '' : ` ${reported} more lived between two polls: events reported them.`;
    const because = `${count(listed, 'connection')} to places outside the Tor network stood in snapshots, ${leaving.mostAtOnce} at once at most.${between} ${shortSentence(looked)}`;
    return [{ ...about, verdict: 'seen', because, evidence }];
  }
  if (made > 0) {
    const because = `None stood in a snapshot, but Tor itself counted ${count(made, 'exit connection')}: they lived between two polls.`;
    return [{ ...about, verdict: 'seen', because, evidence }];
  }
  const blindly = held.filter(({ header: { observes } }) => observes.connections !== true);
  if (blindly.length === held.length) {
    const because = `The source did not list all connections: ${blindly[0]!.header.observes.connections}.`;
    return [{ ...about, verdict: 'not observable', because, evidence }];
  }
  const none = counted.length > 0 ? ' Tor itself counted none either.' : '';
  const because = `No connection to a place outside the Tor network stood in any of the ${count(sights.snapshots, 'snapshot')}; one that was open at a poll would have been listed.${none} ${shortSentence(looked)}${blindSentence(looked, about)}`;
  return [{ ...about, verdict: 'not seen', because, evidence }];
}

/** One answer for the time in which addresses of the own network were kept, one for that in which not. */
export function localAnswers(looked: Looked): ComplaintAnswer[] {
  const { sights, held, complaint } = looked;
  const about = {
    question: 'local',
    asks: 'Did any go into the local network?',
    ...seenSpan(looked),
  } as const;
  const { connections } = sights.local;
  const answers: ComplaintAnswer[] = [];
  if (connections.length > 0) {
    const because = `${count(connections.length, 'connection')} to relay traffic went to addresses of the own network.`;
    const evidence = firstFacts(connections.map(connectionText));
    answers.push({ ...about, verdict: 'seen', because, evidence });
  }
  const keeping = held.filter(({ header }) => keepsLocalOf(header.config));
  const older = olderThanKeeping(looked);
  if (keeping.length > 0 && connections.length === 0) {
    const { destination } = complaint;
    const asked =
      destination !== undefined && isLocalAddress(destination.ip)
        ? [`${destination.ip} is such an address`]
        : [];
    const [from, to] = [keeping[0]!.from, keeping.at(-1)!.to];
    const because = `None that stood in a snapshot. ExitPolicyRejectPrivate was 1, and then a connection to relay traffic that goes to an address of the own network keeps that address. ${shortAddressSentence(looked)}${blindSentence(looked, { from, to })}`;
    answers.push({ ...about, from, to, verdict: 'not seen', because, evidence: asked });
  }
  if (older !== undefined) answers.push({ ...about, ...older });
  const notKeeping = held.filter(({ header }) => !keepsLocalOf(header.config));
  if (notKeeping.length > 0) {
    const option = notKeeping[0]!.header.config['ExitPolicyRejectPrivate'];
    const because = `ExitPolicyRejectPrivate was ${option}: exit traffic may go into the own network then, and where exit traffic goes is never stored.`;
    const [from, to] = [notKeeping[0]!.from, notKeeping.at(-1)!.to];
    answers.push({ ...about, from, to, verdict: 'not observable', because, evidence: [] });
  }
  return answers;
}

/** What opened while such addresses were not kept keeps none later; undefined where there is none. */
function olderThanKeeping({ sessions, sights, held }: Looked) {
  const last = sessions.findLastIndex(({ header }) => !keepsLocalOf(header.config));
  const since = sessions[last + 1]?.at;
  if (last < 0 || since === undefined || !held.some(({ from }) => from >= since)) return undefined;
  const older = sights.leaving.connections.filter(
    ({ ip, openedAt, openedKnown, lastSeen }) =>
      ip === '0' && lastSeen >= since && (!openedKnown || openedAt <= since),
  );
  if (older.length === 0) return undefined;
  const because = `Of ${count(older.length, 'connection')} that may have opened before ExitPolicyRejectPrivate was set to 1, at ${isoTime(since)}, the address is not kept: they may lead into the own network.`;
  return { verdict: 'not observable', because, evidence: [] } as const;
}

/** What is true of connections that no poll saw. */
function shortSentence(looked: Looked): string {
  const short = shortOf(looked);
  if (short === undefined) return 'The source reports those, too, that lived between two polls.';
  return `What opened and closed between two polls${apartText(looked)} was not seen (${short}).`;
}

/** The same of their addresses: an event has none. */
function shortAddressSentence(looked: Looked): string {
  return `Where something went that opened and closed between two polls${apartText(looked)} is not known.`;
}

/** What is true of the time in a span in which the recorder was blind; empty where it never was. */
function blindSentence({ blind }: Looked, { from, to }: Window): string {
  const within = blind.filter((dark) => dark.from >= from && dark.to <= to);
  if (within.length === 0) return '';
  const ms = within.reduce((sum, dark) => sum + dark.to - dark.from, 0);
  return ` The recorder was blind for ${duration(ms)} of that time: what was then is not known.`;
}

/** Why they are not seen; undefined where all are. */
function shortOf({ held }: Looked): string | undefined {
  const observed = held.map(({ header }) => header.observes.shortConnections);
  return observed.find((one) => one !== true) as string | undefined;
}

function apartText({ sights: { longestStepMs } }: Looked): string {
  return longestStepMs === 0 ? '' : `, at most ${duration(longestStepMs)} apart,`;
}

function countedText({ from, to, created, caught }: TorCounted): string {
  const made = `Tor’s MetricsPort counted ${count(created, 'exit connection')} made ${spanText(from, to)}`;
  if (created === 0) return made;
  return `${made}; snapshots held ${caught} of them, ${percent(Math.min(1, caught / created))}`;
}

/** `connection 17 (run 1, ORT) to 192.0.2.1:9001, relay F0CA…, from … to …`. */
function connectionText(one: SightedConnection): string {
  const { run, connId, flags, ip, port, orId, firstSeen, lastSeen } = one;
  const relay = orId === '0' ? '' : `, relay ${orId}`;
  const where = destinationText({ ip, port: port === 0 ? undefined : port });
  return `connection ${connId} (run ${run}, ${flags}) to ${where}${relay}, seen ${spanText(firstSeen, lastSeen)}`;
}

function isLeavingBy(flags: string): boolean {
  return directionOf(flags) === 'outbound' && usageOf(flags) === 'relay' && isOutsideTor(flags);
}

function seenSpan({ pieces }: Looked) {
  return { from: pieces[0]!.from, to: pieces.at(-1)!.to };
}

function addresses(number: number): string {
  return number === 1 ? '1 address' : `${number} addresses`;
}
