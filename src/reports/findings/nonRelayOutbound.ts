/**
 * non-relay-outbound: a relay that is not an exit, and yet reaches out of the Tor network.
 * Owns the rule (docs/reference.md, non-relay-outbound).
 */
import { directionOf, isEstablished, isOutsideTor, usageOf } from '../../listing/flags.ts';
import type { Header } from '../../listing/snapshot.ts';
import type { Rows, Step, TapeEntry } from '../../recording/playback/step.ts';
import { MatchingRows } from './matching.ts';
import { CONNECTIONS, LINES, type Need, SHORT_CONNECTIONS } from './needs.ts';
import type { Examination, Finding, Rule } from './rule.ts';
import { type Seen, Sightings } from './sightings.ts';

/** A configuration that says that this relay is not an exit. */
const NO_EXIT: Need = () => {
  return ({ header }) => {
    const reason = whyNot(header.config);
    return reason === undefined ? undefined : { wholly: true, reason };
  };
};

export const nonRelayOutbound: Rule = {
  name: 'non-relay-outbound',
  explanation:
    'This relay is not an exit, and yet traffic that it relays left the Tor network here: the exit policy is not obeyed.',
  harmless:
    'A relay that the consensus of that time did not list, as one that has just come up, or a bridge.',
  thresholds: {},
  needs: () => [CONNECTIONS, SHORT_CONNECTIONS, LINES, NO_EXIT],
  examine: () => new NonRelayOutbound(),
};

/** Where a recorded configuration says whether the exit policy accepts anything. */
const ACCEPTS = 'exit-policy/accepts';

/** Connections that were there within ten minutes of one another are one incident. */
const INCIDENT = 'traffic out of the Tor network';

interface Leaving {
  /** The first of them, and its CONN_ID. */
  readonly first: string;
  readonly connId: number;
  connections: number;
}

class NonRelayOutbound implements Examination {
  readonly #sightings = new Sightings<Leaving>();
  readonly #found: Finding[] = [];
  readonly #leaving = new MatchingRows(leavesTor);
  /** What came while the relay was an exit, or may have: Tor lets it live on. */
  readonly #admitted = new WeakSet<TapeEntry>();
  /** Slots of those that are there now, and go against the policy. */
  readonly #there = new Set<number>();
  #wasExit = false;
  /** The run in which it last was an exit, or may have been, and the last snapshot of that time. */
  #exit: { readonly run: number; readonly at: number } | undefined;

  watch(step: Step): void {
    const leaving = this.#leaving.follow(step);
    const isNoExit = whyNot(step.header.config) === undefined;
    // What is first seen in the first snapshot behind a change may have come before it.
    // While it is one, those that it admitted before are known already.
    const admitted = this.#wasExit ? this.#leaving.begun : isNoExit ? [] : leaving;
    for (const slot of admitted) this.#admitted.add(step.rows.entryOf(slot));
    this.#wasExit = !isNoExit;
    if (!isNoExit) this.#exit = step;
    for (const seen of this.#sightings.takeOver(step.at)) this.#found.push(findingOf(seen));
    if (!isNoExit) {
      this.#there.clear();
      return;
    }
    for (const slot of this.#leaving.ended) this.#there.delete(slot);
    for (const slot of this.#leaving.begun) {
      const entry = step.rows.entryOf(slot);
      if (this.#admitted.has(entry) || this.#mayBeOlder(step, entry)) continue;
      this.#there.add(slot);
      const { connId } = step.rows.labelOf(slot);
      const first = `connection ${connId} (run ${step.run})`;
      this.#sightings.see(INCIDENT, step, () => ({ first, connId, connections: 0 })).connections++;
    }
    if (this.#there.size > 0) this.#sightings.see(INCIDENT, step, () => NONE);
  }

  /**
   * Whether it is first seen behind a gap and may have come while the relay was an exit: a recorder
   * that was cut off knows no age of what it finds.
   */
  #mayBeOlder({ run, acrossGap }: Step, { openedKnown, openedAt }: TapeEntry): boolean {
    if (!acrossGap || this.#exit?.run !== run) return false;
    return !openedKnown || openedAt <= this.#exit.at;
  }

  over(): Finding[] {
    return this.#found.splice(0);
  }

  findings(): Finding[] {
    for (const seen of this.#sightings.all()) this.#found.push(findingOf(seen));
    return this.over();
  }
}

/** Never asked for: what is there was seen to begin. */
const NONE: Leaving = { first: '', connId: 0, connections: 0 };

function findingOf({ detail: { first, connId, connections }, evidence }: Seen<Leaving>): Finding {
  const isOne = connections === 1;
  return {
    ...evidence,
    severity: 'critical',
    subject: isOne ? first : `${connections} connections, ${first} the first`,
    about: isOne ? { connection: connId } : { flags: 'OR' },
    value: connections,
    threshold: 1,
    explanation: isOne
      ? 'An established connection to a place outside the Tor network, to relay traffic.'
      : `${connections} established connections to places outside the Tor network, to relay traffic.`,
  };
}

/** Whether the relay is an exit; undefined where its configuration leaves that open. */
function isExit(config: Header['config']): boolean | undefined {
  // ExitRelay is 0, 1 or auto; with auto the policy decides. Where an exit becomes none Tor's policy
  // follows some seconds later, and admits until then.
  if (config[ACCEPTS] === '1') return true;
  const answer = config['ExitRelay'] === 'auto' ? config[ACCEPTS] : config['ExitRelay'];
  return answer === '1' ? true : answer === '0' ? false : undefined;
}

/** Why traffic that leaves the Tor network here is not a finding; undefined where it is one. */
function whyNot(config: Header['config']): string | undefined {
  const exit = isExit(config);
  if (exit === false) return undefined;
  if (exit === true) return 'the relay is an exit: such connections are what it is for';
  return config['ExitRelay'] === undefined
    ? 'the recording does not say whether the relay is an exit (ExitRelay)'
    : `ExitRelay is ${config['ExitRelay']}, which leaves open whether the relay is an exit`;
}

/** Whether it is established, to relay, and goes to what no fingerprint is known of. */
function leavesTor(rows: Rows, slot: number): boolean {
  const flags = rows.flagsOf(slot);
  return (
    isEstablished(flags) &&
    directionOf(flags) === 'outbound' &&
    usageOf(flags) === 'relay' &&
    isOutsideTor(flags) &&
    rows.labelOf(slot).orId === '0'
  );
}
