/**
 * A simulated relay: connections that live their lives on a clock and are polled.
 * Owns the playing of a script into a transcript's text; what happens is script.ts's to say.
 */
import { disturbed } from './mess.ts';
import type { Happening, Peer, Script, Step } from './script.ts';

interface Counters {
  read: number;
  written: number;
}

interface SimulatedConnection extends Counters {
  readonly id: number;
  bornAt: number;
  /** When the first listing held it; an age that is not known counts from there. */
  firstListed: number | null;
  readonly ageKnown: boolean;
  flags: string;
  peer: Peer;
  /** By CIRC_ID. */
  readonly circuits: Map<number, Counters>;
}

interface EventText {
  readonly at: string;
  readonly conn_id: number;
  readonly what: 'opened' | 'closed';
  readonly reason?: string;
  readonly or_id?: string;
  readonly type_flags?: string;
}

const FIRST_MIDNIGHT = Date.parse('2026-11-23T00:00:00Z');

/** How long Tor was up when the first snapshot was taken. */
const UP_BEFORE_MS = 159_000;

class World {
  readonly #perEntry: boolean;
  readonly #open = new Map<number, SimulatedConnection>();
  #processStart: number;
  #events: { at: number; text: EventText }[] = [];

  constructor(perEntry: boolean, processStart: number) {
    this.#perEntry = perEntry;
    this.#processStart = processStart;
  }

  uptimeAt(at: number): number {
    return Math.max(0, Math.floor((at - this.#processStart) / 1000));
  }

  /** What the source told since this was asked before, up to a moment, in time order. */
  takeEvents(until: number): EventText[] {
    const events = this.#events.sort((a, b) => a.at - b.at);
    this.#events = events.filter(({ at }) => at > until);
    return events.filter(({ at }) => at <= until).map(({ text }) => text);
  }

  happen(happening: Happening, at: number): void {
    const { id } = happening;
    const connection = this.#open.get(id);
    switch (happening.do) {
      case 'restart':
        this.#processStart = at;
        if (happening.forgets) this.#open.clear();
        return;
      case 'rumour':
        this.#tell(at, id, happening.what, happening.reason);
        return;
      case 'open':
        if (connection === undefined) this.#openConnection(happening, at);
        return;
      case 'close':
        if (connection === undefined) return;
        this.#open.delete(id);
        if (happening.told) this.#tell(at, id, 'closed', happening.reason);
        return;
      default:
        if (connection !== undefined) change(connection, happening, at);
    }
  }

  listingAt(at: number): string[] {
    return [...this.#open.values()].flatMap((connection) => {
      connection.firstListed ??= at;
      const since = connection.ageKnown ? connection.bornAt : connection.firstListed;
      const uptime = Math.max(0, Math.floor((at - since) / 1000));
      const { orId, ip, port, lPort } = connection.peer;
      return [...connection.circuits].map(([circuit, own]) => {
        const { read, written } = this.#perEntry ? own : connection;
        const label = [connection.id, circuit, orId, ip, port, lPort, connection.flags];
        const age = connection.ageKnown ? [] : ['AGE=unknown'];
        // BigInt: a counter past 2^53 stays in plain decimal digits.
        return [...label, BigInt(read), BigInt(written), uptime, ...age].join(' ');
      });
    });
  }

  #openConnection(opening: Happening & { readonly do: 'open' }, at: number): void {
    const { id, peer, flags, ageKnown } = opening;
    this.#open.set(id, {
      id,
      bornAt: at - opening.older * 1000,
      firstListed: null,
      ageKnown,
      flags,
      peer,
      read: 0,
      written: 0,
      circuits: new Map(opening.circuits.map((circuit) => [circuit, { read: 0, written: 0 }])),
    });
    if (!opening.told) return;
    const described = opening.described ? { or_id: peer.orId, type_flags: flags } : {};
    this.#tell(at, id, 'opened', null, described);
  }

  #tell(
    at: number,
    id: number,
    what: 'opened' | 'closed',
    reason: string | null,
    more: Partial<EventText> = {},
  ): void {
    const told = reason === null ? {} : { reason };
    this.#events.push({ at, text: { at: iso(at), conn_id: id, what, ...told, ...more } });
  }
}

function change(
  connection: SimulatedConnection,
  happening: Exclude<Happening, { readonly do: 'open' | 'close' | 'rumour' | 'restart' }>,
  at: number,
): void {
  const { circuits } = connection;
  switch (happening.do) {
    case 'attach':
      if (!circuits.has(happening.circuit)) {
        circuits.set(happening.circuit, { read: 0, written: 0 });
      }
      return;
    case 'detach':
      circuits.delete(happening.circuit);
      return;
    case 'move':
      for (const counters of [connection, circuits.get(happening.circuit)]) {
        if (counters === undefined) continue;
        counters.read += happening.read;
        counters.written += happening.written;
      }
      return;
    case 'relabel':
      connection.flags = happening.flags;
      connection.peer = happening.peer;
      return;
    case 'fall':
      if (happening.counter === 'uptime') connection.bornAt = at;
      else {
        connection[happening.counter] = 0;
        for (const counters of circuits.values()) counters[happening.counter] = 0;
      }
  }
}

/** The transcript of a script, as its lines of text; the header first. */
export function play(script: Script): string[] {
  const intervalMs = script.interval * 1000;
  const start = FIRST_MIDNIGHT + script.start;
  const world = new World(script.bytes === 'entry', start - UP_BEFORE_MS);
  const items: unknown[] = [headerOf(script)];
  let before = start - intervalMs;
  let listedBefore = before;
  for (const [index, step] of script.steps.entries()) {
    const at =
      index === 0 ? start : before + Math.round(step.intervals * intervalMs) + step.milliseconds;
    items.push(...betweenPolls(script, step, before, at));
    const listedAt = momentIn(at, at + step.poll.takes, step.poll.listedAfter);
    items.push(pollAfter(world, step, { listedBefore, at, listedAt }));
    before = at;
    listedBefore = listedAt;
  }
  if (script.endsInGap) items.push(gapItem(before, before + 5 * intervalMs));
  if (script.endsInSession) items.push(sessionItem(script, before + 6 * intervalMs, '1'));
  return items.map((item) => JSON.stringify(item));
}

/** The sessions and the gap of a step, in time order. */
function betweenPolls(script: Script, step: Step, before: number, at: number): unknown[] {
  const items = step.sessions.map(({ when, exit }) => {
    const moment = momentIn(before, at, when);
    return { start: moment, item: sessionItem(script, moment, exit) };
  });
  if (step.gap !== null) {
    const [from, to] = [momentIn(before, at, step.gap.from), momentIn(before, at, step.gap.to)];
    items.push({ start: from, item: gapItem(from, to) });
  }
  return items.sort((a, b) => a.start - b.start).map(({ item }) => item);
}

/** Lets a step happen and tells what the poll at its end brings. */
function pollAfter(
  world: World,
  step: Step,
  { listedBefore, at, listedAt }: Record<'listedBefore' | 'at' | 'listedAt', number>,
): unknown {
  for (const happening of [...step.happenings].sort((a, b) => a.when - b.when)) {
    world.happen(happening, momentIn(listedBefore, listedAt, happening.when));
  }
  let lines = world.listingAt(listedAt);
  for (const mess of step.messes) lines = disturbed(lines, mess);
  const uptime = step.tellsUptime
    ? { 'info/uptime-process': String(world.uptimeAt(listedAt)) }
    : {};
  const info = { ...step.info, ...uptime };
  const events = world.takeEvents(at);
  return {
    at: iso(at),
    conn: lines.join('\n'),
    ...(Object.keys(info).length === 0 ? {} : { info }),
    ...(events.length === 0 ? {} : { events }),
    ...(step.poll.told && step.poll.takes > 0 ? { poll_ms: step.poll.takes } : {}),
    ...step.strange,
  };
}

function momentIn(from: number, to: number, tenths: number): number {
  return from + Math.ceil(((to - from) * tenths) / 10);
}

function gapItem(from: number, to: number): unknown {
  return { gap: { from: iso(from), to: iso(to), reason: 'control port closed' } };
}

function sessionItem(script: Script, at: number, exit: string): unknown {
  return { session: sourceOf(script, exit), at: iso(at) };
}

function headerOf(script: Script): unknown {
  return { transcript: 1, ...sourceOf(script, '0') };
}

function sourceOf(script: Script, exit: string): object {
  return {
    source: 'native',
    ...(script.bytes === null ? {} : { bytes: script.bytes }),
    interval_s: script.interval,
    relay: { fingerprint: 'F'.repeat(40), nickname: 'tape', tor_version: '0.4.9.11' },
    config: { ExitRelay: exit, ExitPolicyRejectPrivate: '1' },
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
