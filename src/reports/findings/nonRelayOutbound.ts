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
import { Sightings } from './sightings.ts';

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

class NonRelayOutbound implements Examination {
  readonly #sightings = new Sightings<null>();
  readonly #leaving = new MatchingRows(leavesTor);
  /** What came while the relay was an exit, or may have: Tor lets it live on. */
  readonly #admitted = new WeakSet<TapeEntry>();
  /** Those that are there now, and go against the policy, by slot. */
  readonly #there = new Map<number, string>();
  #last: Pick<Step, 'at' | 'number'> = { at: 0, number: 0 };
  #wasExit = false;

  watch(step: Step): void {
    const leaving = this.#leaving.follow(step);
    const isNoExit = whyNot(step.header.config) === undefined;
    // What is first seen in the first snapshot behind a change may have come before it.
    // While it is one, those that it admitted before are known already.
    const admitted = this.#wasExit ? this.#leaving.begun : isNoExit ? [] : leaving;
    for (const slot of admitted) this.#admitted.add(step.rows.entryOf(slot));
    this.#wasExit = !isNoExit;
    for (const slot of isNoExit ? this.#leaving.ended : this.#there.keys()) this.#end(slot);
    this.#last = step;
    if (!isNoExit) return;
    for (const slot of this.#leaving.begun) {
      if (this.#admitted.has(step.rows.entryOf(slot))) continue;
      const subject = `connection ${step.rows.labelOf(slot).connId} (run ${step.run})`;
      this.#there.set(slot, subject);
      this.#see(subject, step);
    }
  }

  #end(slot: number): void {
    const subject = this.#there.get(slot);
    if (subject === undefined) return;
    this.#there.delete(slot);
    this.#see(subject, this.#last);
  }

  #see(subject: string, snapshot: Pick<Step, 'at' | 'number'>): void {
    this.#sightings.see(subject, snapshot, () => null);
  }

  findings(): Finding[] {
    for (const slot of this.#there.keys()) this.#end(slot);
    return this.#sightings.all().map(({ subject, evidence }) => ({
      ...evidence,
      severity: 'critical',
      subject,
      value: 1,
      threshold: 1,
      explanation:
        'An established connection to a place outside the Tor network, to relay traffic.',
    }));
  }
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
