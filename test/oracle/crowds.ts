/**
 * Transcripts of many short and long lives: enough of them at risk for percentiles.
 * Owns who lives when and what of it is polled; arbitrary.ts has what else may happen to a few.
 */
import fc from 'fast-check';
import { MIDNIGHT } from './cases.ts';

/** A connection, with a circuit of its own or none. */
interface Being {
  /** Milliseconds after the first snapshot. */
  readonly bornAt: number;
  readonly lifeMs: number;
  readonly flags: string;
  readonly hasCircuit: boolean;
  readonly ageKnown: boolean;
  readonly told: boolean;
}

export interface Crowd {
  readonly intervalS: number;
  readonly transcript: readonly string[];
  /** CONN_IDs whose opening an event reports. */
  readonly told: readonly number[];
}

interface Plan {
  readonly intervalS: number;
  readonly polls: number;
  /** Of the source: whether it reports all openings and ends, some, or none. */
  readonly tells: 'all' | 'some' | 'none';
  readonly beings: readonly Being[];
  /** The polls that are left out: from the one of that number on so many. */
  readonly gap: { readonly after: number; readonly polls: number } | null;
  /** The first poll of another Tor process. */
  readonly restart: number | null;
}

const LONGEST_TAPE_S = 1200;

const life: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 30_000 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 300_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3_000_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 10_000, 10_001, 20_000, 30_000) },
);

const being: fc.Arbitrary<Being> = fc.record({
  bornAt: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: -600_000, max: LONGEST_TAPE_S * 1000 }) },
    // Early enough to be seen to die.
    { weight: 3, arbitrary: fc.integer({ min: -20_000, max: LONGEST_TAPE_S * 300 }) },
  ),
  lifeMs: life,
  flags: fc.constantFrom('IRt', 'IRT', 'ORT', 'ORT', 'oRT', 'ICt', 'OHt', 'ODt', 'IXt', 'URt'),
  hasCircuit: fc.boolean(),
  ageKnown: fc.constantFrom(true, true, true, true, true, false),
  told: fc.boolean(),
});

const plan: fc.Arbitrary<Plan> = fc
  .record({
    intervalS: fc.constantFrom(10, 10, 30, 5),
    polls: fc.integer({ min: 2, max: 40 }),
    tells: fc.constantFrom('all' as const, 'some' as const, 'none' as const, 'none' as const),
    beings: fc.oneof(
      fc.array(being, { minLength: 10, maxLength: 160, size: 'max' }),
      fc.array(being, { minLength: 300, maxLength: 500, size: 'max' }),
    ),
    gap: fc.option(
      fc.record({ after: fc.integer({ min: 1, max: 30 }), polls: fc.integer({ min: 1, max: 5 }) }),
      { freq: 2 },
    ),
    longest: fc.constantFrom(60_000, 90_000, 3_000_000),
    restart: fc.option(fc.integer({ min: 1, max: 30 }), { freq: 2 }),
  })
  // All are born while it is recorded, or not long before.
  .map(({ longest, ...drawn }) => ({
    ...drawn,
    beings: drawn.beings.map((each) => ({
      ...each,
      lifeMs: Math.min(each.lifeMs, longest),
      bornAt:
        each.bornAt < 0
          ? each.bornAt
          : Math.floor((each.bornAt / LONGEST_TAPE_S) * drawn.intervalS * drawn.polls),
    })),
  }));

/** Crowds of all sorts; each connection's line is alone, and so is each circuit's. */
export const crowds: fc.Arbitrary<Crowd> = plan.map(crowdOf);

interface Told {
  readonly at: number;
  readonly connId: number;
  readonly what: 'opened' | 'closed';
  readonly flags?: string;
}

function crowdOf(drawn: Plan): Crowd {
  const { intervalS, polls, gap, restart } = drawn;
  const intervalMs = intervalS * 1000;
  const restartMs = restart === null ? Number.POSITIVE_INFINITY : restart * intervalMs - 500;
  const told: number[] = [];
  const events: Told[] = [];
  const beings = drawn.beings.map((each, connId) => {
    const diedAt = Math.min(each.bornAt + each.lifeMs, each.bornAt < restartMs ? restartMs : 1e15);
    const { bornAt } = each;
    const reports = drawn.tells === 'all' || (drawn.tells === 'some' && each.told);
    const isHidden = (at: number) =>
      gap !== null && at > gap.after * intervalMs && at <= (gap.after + gap.polls + 1) * intervalMs;
    // A process's start is known to a second: what opened in it might be of the one before.
    const isOfEither = bornAt >= restartMs && bornAt < restartMs + 1000;
    const isTold = reports && bornAt > 0 && !isHidden(bornAt) && !isOfEither;
    if (isTold) {
      told.push(connId);
      events.push({ at: bornAt, connId, what: 'opened', flags: each.flags });
    }
    // Nobody reports what a new process ended.
    if (reports && diedAt < restartMs && diedAt > 0 && !isHidden(diedAt)) {
      events.push({ at: diedAt, connId, what: 'closed' });
    }
    return { ...each, connId, diedAt };
  });
  events.sort((a, b) => a.at - b.at || (a.what === b.what ? 0 : a.what === 'opened' ? -1 : 1));
  const header = { transcript: 1, source: 'native', bytes: 'entry', interval_s: intervalS };
  const transcript = [JSON.stringify(header)];
  let since = 0;
  for (let poll = 0; poll < polls; poll++) {
    if (gap !== null && poll > gap.after && poll <= gap.after + gap.polls) continue;
    const at = poll * intervalMs;
    const uptime = at < restartMs ? 100_000 + at / 1000 : Math.floor((at - restartMs) / 1000);
    const reported = events.filter((event) => since < event.at && event.at <= at);
    const there = beings.filter(({ bornAt, diedAt }) => bornAt <= at && at < diedAt);
    transcript.push(
      JSON.stringify({
        at: iso(at),
        conn: there.map((each) => lineOf(each, at)).join('\n'),
        info: { 'info/uptime-process': String(uptime) },
        events: reported.map(({ at: when, connId, what, flags }) => ({
          at: iso(when),
          conn_id: connId,
          what,
          ...(flags === undefined ? {} : { type_flags: flags }),
        })),
      }),
    );
    since = at;
  }
  return { intervalS, transcript, told };
}

function lineOf(each: Being & { readonly connId: number }, at: number): string {
  const { connId, bornAt, flags, hasCircuit, ageKnown } = each;
  const uptime = Math.floor((at - bornAt) / 1000);
  const circId = hasCircuit && ageKnown ? connId + 1 : 0;
  const line = `${connId} ${circId} 0 0 0 0 ${flags} 10 20 ${uptime}`;
  return ageKnown ? line : `${line} AGE=unknown`;
}

function iso(ms: number): string {
  return new Date(MIDNIGHT + ms).toISOString();
}
