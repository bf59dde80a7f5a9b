/**
 * The story that `demo` plays: two hours of a small relay, with what a recorder is there for.
 * Owns the made-up relay, its connections and its troubles; no Tor behind it and no address is real
 * (they are those set aside for documentation, RFC 5737).
 */
import { Label } from '../listing/label.ts';
import { type Entry, listingOf } from '../listing/listing.ts';
import type { Gap, Header, LifeEvent, Snapshot } from '../listing/snapshot.ts';
import { NATIVE_OBSERVES } from '../transcript/observes.ts';

const START = Date.UTC(2026, 10, 23, 2);
const INTERVAL_MS = 10_000;
const END = START + minutes(120);

/** What happens, in the order in which it does. */
const CUT_OFF = { from: START + minutes(25), to: START + minutes(27) };
const LOPSIDED = { from: START + minutes(40), to: START + minutes(50) };
const CUT_SHORT = START + minutes(60);
const LOCAL = { from: START + minutes(70), to: START + minutes(72) };
const BLOCKED = { from: START + minutes(80), to: START + minutes(85) };
const RESTART = START + minutes(95);

/** A turn of the story: when it comes, of the day, and in words. */
export interface StoryTurn {
  readonly at: string;
  readonly says: string;
}

/** What the story is, for those who watch it. */
export const STORY = {
  quiet: { at: '02:00', says: 'quiet traffic' },
  cutOff: { at: '02:25', says: 'the recorder is cut off' },
  lopsided: { at: '02:40', says: 'a circuit makes bytes' },
  cycling: { at: '03:00', says: 'forty are cut in seconds' },
  local: { at: '03:10', says: 'one goes into the LAN' },
  pending: { at: '03:20', says: 'a circuit never establishes' },
  restart: { at: '03:35', says: 'Tor restarts' },
} satisfies Record<string, StoryTurn>;

export const SCENARIO_HEADER: Header = {
  source: 'native',
  bytes: 'connection',
  intervalMs: INTERVAL_MS,
  relay: {
    fingerprint: 'C0FFEE0123456789ABCDEF0123456789C0FFEE01',
    nickname: 'demorelay',
    torVersion: '0.4.9.11',
  },
  config: { ExitRelay: '0', ExitPolicyRejectPrivate: '1' },
  observes: { ...NATIVE_OBSERVES, closeReasons: true, shortConnections: true },
  extra: {},
};

/** The polls and the gap of the story, in time order; the same at every call. */
export function* scenario(): Generator<Snapshot | Gap, void> {
  const actors = cast();
  let before = START;
  for (let at = START; at <= END; at += INTERVAL_MS) {
    if (at > CUT_OFF.from && at < CUT_OFF.to) continue;
    if (at === CUT_OFF.to) yield cutOff();
    yield pollAt(at, before, actors);
    before = at;
  }
}

function cutOff(): Gap {
  return { kind: 'gap', ...CUT_OFF, reason: 'the control port closed', extra: {} };
}

/** One connection's part: who it is, when it lives, how fast it counts. */
interface Actor {
  readonly connId: number;
  readonly circId: number;
  readonly flags: string;
  /** Empty fields for a peer that is not a relay. */
  readonly orId: string;
  readonly ip: string;
  readonly port: number;
  readonly born: number;
  readonly dies: number;
  readonly reason: string;
  /** Bytes a second, each way. */
  readonly readRate: number;
  readonly writeRate: number;
}

type Part = Omit<Actor, 'connId'>;

const RELAYS = 60;
const CELL_BYTES = 514;

/** Everyone who appears, in the order in which they do. */
function cast(): Actor[] {
  const random = randomFrom(2010);
  const parts = [
    control(START - minutes(30), RESTART),
    ...quietTraffic(START - minutes(30), RESTART, random),
    ...troubles(),
    control(RESTART + 5000, END + INTERVAL_MS),
    ...quietTraffic(RESTART + 10_000, END + minutes(10), random),
  ];
  parts.sort((a, b) => a.born - b.born);
  const firstAfterRestart = parts.findIndex((part) => part.born > RESTART);
  return parts.map((part, index) => {
    const connId = index < firstAfterRestart ? index : index - firstAfterRestart;
    return { ...part, connId };
  });
}

function control(born: number, dies: number): Part {
  const local = { orId: '0', ip: '127.0.0.1', port: 41_200, reason: 'DONE' };
  return { ...local, circId: 0, flags: 'IXt', born, dies, readRate: 3, writeRate: 900 };
}

/** Relayed circuits, a new one every twelve seconds on average, most alive for some minutes. */
function quietTraffic(from: number, to: number, random: () => number): Part[] {
  const parts: Part[] = [];
  for (let born = from; born < to; born += 24_000 * random()) {
    const circId = Math.floor(random() * 2 ** 32);
    const lifetime = 1000 * Math.exp(5.5 + 1.2 * bell(random));
    const dies = Math.min(to, born + lifetime);
    const rate = Math.exp(6 + 1.5 * bell(random));
    const reason = random() < 0.8 ? 'DONE' : 'TIMEOUT';
    const life = { circId, born, dies, reason };
    const into = { ...life, readRate: rate, writeRate: rate / 12 };
    const out = { ...life, born: born + 300, readRate: rate / 12, writeRate: rate };
    const fromClient = { orId: '0', ip: '0', port: 0, flags: 'IRt' };
    parts.push({
      ...into,
      ...(random() < 0.4 ? fromClient : { ...relay(random), flags: 'IRT' }),
    });
    parts.push({ ...out, ...relay(random), flags: 'ORT' });
  }
  return parts;
}

function troubles(): Part[] {
  const peer = relayNumber(7);
  const client = { orId: '0', ip: '0', port: 0, flags: 'IRt' };
  const lopsided = { circId: 7777, born: LOPSIDED.from, dies: LOPSIDED.to, reason: 'DONE' };
  const blocked = { circId: 8888, born: BLOCKED.from, dies: BLOCKED.to, reason: 'TIMEOUT' };
  const cutShort = Array.from({ length: 40 }, (_, index): Part => {
    const born = CUT_SHORT + index * 2500;
    const life = { born, dies: born + 12_000, reason: 'CONNRESET', readRate: 90, writeRate: 90 };
    return { ...life, ...relayNumber(index), circId: 0, flags: 'ORT' };
  });
  return [
    { ...lopsided, ...client, readRate: 2000, writeRate: 100 },
    { ...lopsided, ...peer, flags: 'ORT', readRate: 100, writeRate: 400_000 },
    ...cutShort,
    {
      ...{ circId: 9999, flags: 'ORt', orId: '0', ip: '192.168.1.20', port: 445 },
      ...{ born: LOCAL.from, dies: LOCAL.to, reason: 'DONE', readRate: 5000, writeRate: 800 },
    },
    { ...blocked, ...client, readRate: 40, writeRate: 0 },
    { ...blocked, ...relayNumber(9), flags: 'oRT', readRate: 0, writeRate: 0 },
  ];
}

function relay(random: () => number) {
  return relayNumber(Math.floor(random() * RELAYS));
}

function relayNumber(number: number) {
  const orId = (0xa11ce000 + number).toString(16).toUpperCase().repeat(5);
  return { orId, ip: `203.0.113.${number + 1}`, port: number % 3 === 0 ? 443 : 9001 };
}

function pollAt(at: number, before: number, actors: readonly Actor[]): Snapshot {
  const listing = listingOf(
    actors.filter((actor) => isThere(actor, at)).map((actor) => entryOf(actor, at)),
  );
  const events = actors.flatMap((actor) => eventsOf(actor, before, at));
  events.sort((a, b) => a.at - b.at);
  const info = infoAt(at, listing.labels.length);
  return { kind: 'snapshot', at, pollMs: 0, listing, info, events, extra: {} };
}

function isThere(actor: Actor, at: number): boolean {
  return actor.born <= at && at < actor.dies;
}

function entryOf(actor: Actor, at: number): Entry {
  const seconds = (at - actor.born) / 1000;
  const cells = (rate: number) => CELL_BYTES * Math.floor((rate * seconds) / CELL_BYTES);
  return {
    label: Label.of({ ...actor, lPort: actor.flags[0] === 'I' ? 9001 : 33_000 + actor.connId }),
    read: cells(actor.readRate),
    written: cells(actor.writeRate),
    uptime: Math.floor(seconds),
  };
}

function eventsOf(actor: Actor, after: number, until: number): LifeEvent[] {
  const { connId, born, dies, reason, orId, flags } = actor;
  const isWithin = (time: number) => after < time && time <= until;
  const events: LifeEvent[] = [];
  if (isWithin(born)) {
    const extra = { or_id: orId, type_flags: flags };
    events.push({ at: Math.floor(born), connId, what: 'opened', reason: '', extra });
  }
  // No event says what a restart ends.
  if (isWithin(dies) && dies !== RESTART) {
    events.push({ at: Math.floor(dies), connId, what: 'closed', reason, extra: {} });
  }
  return events;
}

function infoAt(at: number, connections: number): Map<string, string> {
  const began = at < RESTART ? START - minutes(30) : RESTART;
  const uptime = Math.floor((at - began) / 1000);
  return new Map([
    ['info/uptime-process', String(uptime)],
    ['info/uptime-reset', String(uptime)],
    ['info/descriptor-used', String(40 + connections)],
    ['info/descriptor-limit', '1024'],
    ['info/relay/bw-limit', '1073741824'],
    ['info/relay/burst-limit', '1073741824'],
    ['info/relay/read-total', String(uptime * 21_000)],
    ['info/relay/write-total', String(uptime * 22_500)],
  ]);
}

function minutes(count: number): number {
  return count * 60_000;
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normally distributed numbers: mean 0, deviation 1 (Box and Muller). */
function bell(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
