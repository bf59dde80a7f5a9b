/**
 * connection-cycling: connections that are cut after seconds, far more than usual.
 * Owns the rule (docs/reference.md, connection-cycling); which ends count is shortEnds.ts's, which
 * are far more than usual cuttings.ts's.
 */
import type { Direction } from '../../listing/flags.ts';
import type { BlindTimes } from '../../recording/index/blind.ts';
import { MINUTE_MS } from '../../recording/index/rollups/stretches.ts';
import type { Step } from '../../recording/playback/step.ts';
import { SHORT_LIVED_MS } from '../lifetimes.ts';
import { type Cutting, type CyclingLimits, cuttingsIn, FEWEST, WINDOW } from './cuttings.ts';
import { snapshotsBetween } from './evidence.ts';
import { CONNECTIONS, LINES, type Need, STEPS, shortConnections } from './needs.ts';
import type { Examination, Finding, Rule, RuleInput } from './rule.ts';
import { ShortEnds } from './shortEnds.ts';
import { count, duration } from './wording.ts';

export const connectionCycling: Rule = {
  name: 'connection-cycling',
  explanation:
    'Far more connections than usual ended after less than 30 s: the hoster, or something on the way, may be resetting them.',
  harmless:
    'A scan of the relay’s port by someone who connects and says nothing; a burst of directory requests; a restart of the relay, or a network that was lost, where the finding says so.',
  thresholds: {
    ends: { value: 20, says: 'connections that lived under 30 s, ended within 10 minutes' },
    times: { value: 3, says: 'times what is usual in the rest of the recording' },
    chance: { value: 0.000001, says: 'how probable so many are, from what is usual', above: 0 },
  },
  needs: () => [STEPS, CONNECTIONS, shortConnections(SHORT_LIVED_MS), LINES, THE_REST],
  examine: (input) => new ConnectionCycling(input),
};

/** A recording that is long enough: a window touches two of the stretches at most. */
const THE_REST: Need = () => {
  const reason =
    'what is usual: the window holds too few whole stretches of 10 minutes, aligned to the hour';
  let first: number | undefined;
  return ({ at }) => {
    first ??= Math.ceil(at / (WINDOW * MINUTE_MS));
    const whole = Math.floor(at / (WINDOW * MINUTE_MS)) - first;
    return whole >= FEWEST + 2 ? undefined : { wholly: true, reason, passes: true };
  };
};

class ConnectionCycling implements Examination {
  readonly #input: RuleInput;
  readonly #limits: CyclingLimits;
  readonly #blind: BlindTimes;
  readonly #short: ShortEnds;
  /** When runs began behind the first snapshot. */
  readonly #restarts: number[] = [];
  #run: number | undefined;
  #firstAt = 0;
  #lastAt = 0;

  constructor(input: RuleInput) {
    this.#input = input;
    const { threshold, recording } = input;
    this.#limits = {
      ends: threshold('ends'),
      times: threshold('times'),
      chance: threshold('chance'),
    };
    this.#blind = recording.index.blindTimes();
    this.#short = new ShortEnds(this.#blind);
  }

  watch(step: Step): void {
    this.#short.watch(step);
    if (this.#run === undefined) this.#firstAt = step.at;
    else if (this.#run !== step.run) this.#restarts.push(step.at);
    this.#run = step.run;
    this.#lastAt = step.at;
  }

  findings(): Finding[] {
    const rest = this.#rest();
    const all = [...this.#short.all()].flatMap((ends) => cuttingsIn(ends, rest, this.#limits));
    all.sort((a, b) => a.from - b.from);
    const found: Finding[] = [];
    while (all.length > 0) {
      const first = all.shift()!;
      const together = [first];
      for (const other of all.splice(0)) {
        if (other.from < Math.max(...together.map(({ until }) => until))) together.push(other);
        else all.push(other);
      }
      found.push(...this.#findingsOf(together));
    }
    return found;
  }

  /** The aligned stretches of 10 minutes of which half or more was seen, by their first minute. */
  #rest(): number[] {
    const minutes: number[] = [];
    const lengthMs = WINDOW * MINUTE_MS;
    const first = Math.ceil(this.#firstAt / lengthMs);
    for (let place = first; (place + 1) * lengthMs <= this.#lastAt; place++) {
      const from = place * lengthMs;
      const blindMs = this.#blind.within(from, from + lengthMs);
      if (2 * blindMs <= lengthMs) minutes.push(place * WINDOW);
    }
    return minutes;
  }

  /** One finding where a cause is known that all have in common; else one for each. */
  #findingsOf(cuttings: readonly Cutting[]): Finding[] {
    const from = Math.min(...cuttings.map((each) => each.from)) * MINUTE_MS;
    const until = Math.max(...cuttings.map((each) => each.until)) * MINUTE_MS;
    const restart = this.#restarts.find((at) => at >= from - WINDOW * MINUTE_MS && at < until);
    if (restart !== undefined) return [this.#findingOf(cuttings, restart)];
    const directions = new Set<Direction>(cuttings.map(({ ends }) => ends.direction));
    if (directions.has('inbound') && directions.has('outbound')) return [this.#findingOf(cuttings)];
    return cuttings.map((each) => this.#findingOf([each]));
  }

  #findingOf(cuttings: readonly Cutting[], restart?: number): Finding {
    const worst = cuttings.reduce((a, b) => (b.most > a.most ? b : a));
    const isOne = cuttings.length === 1;
    const isKnown = restart !== undefined || !isOne;
    const [from, until] = this.#timesOf(cuttings);
    const ends = `${count(worst.most, `${worst.ends.direction} connection`)} that had lived under 30 s ${worst.ends.areResets ? 'were reset' : 'ended'} within 10 minutes (usual: ${Number(worst.usual.toFixed(1))})`;
    const cause =
      restart !== undefined
        ? ` Tor was restarted at ${new Date(restart).toISOString()}, which explains it.`
        : isOne
          ? ''
          : ' It went so in both directions at once: the network was lost, or the machine stood still.';
    return {
      severity: isKnown ? 'notice' : 'warning',
      subject: subjectOf(cuttings, restart),
      firstSeen: from,
      lastSeen: until,
      snapshots: snapshotsBetween(this.#input.recording, from, until + 1),
      value: worst.most,
      threshold: worst.fewest,
      explanation: `${ends}.${cause} It went on for ${duration(until - from)}.`,
    };
  }

  /** From the first minute with an end to the last, cut to what was seen. */
  #timesOf(cuttings: readonly Cutting[]): [from: number, until: number] {
    const minutes = cuttings.flatMap(({ ends, from, until }) =>
      [...ends.perMinute.keys()].filter((minute) => minute >= from && minute < until),
    );
    const from = Math.min(...minutes) * MINUTE_MS;
    const until = (Math.max(...minutes) + 1) * MINUTE_MS;
    return [Math.max(from, this.#firstAt), Math.min(until, this.#lastAt)];
  }
}

function subjectOf(cuttings: readonly Cutting[], restart: number | undefined): string {
  if (restart !== undefined) return 'a restart of the relay';
  if (cuttings.length > 1) return 'connections of both directions';
  return `${cuttings[0]!.ends.direction} connections`;
}
