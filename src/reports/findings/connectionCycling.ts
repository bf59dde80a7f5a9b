/**
 * connection-cycling: connections that are cut after seconds, many of them.
 * Owns the rule (docs/reference.md, connection-cycling); the counts are those of the report
 * of churn.
 */

import type { Cell, Row } from '../../output/table.ts';
import { churn } from '../churn.ts';
import { SHORT_LIVED_MS } from '../lifetimes.ts';
import type { ReportInput } from '../report.ts';
import { snapshotsBetween } from './evidence.ts';
import { CONNECTIONS, LINES, STEPS, shortConnections } from './needs.ts';
import type { Examination, Finding, Rule, RuleInput } from './rule.ts';
import { percent } from './wording.ts';

export const connectionCycling: Rule = {
  name: 'connection-cycling',
  explanation:
    'Most connections that closed had lived for less than 30 s: the hoster, or something on the way, may be resetting them.',
  harmless:
    'A scan of the relay’s port by someone who connects and says nothing; a burst of directory requests.',
  thresholds: {
    closed: { value: 20, says: 'connections that closed in a bucket' },
    share: { value: 0.9, says: 'share of them that lived under 30 s' },
  },
  needs: () => [STEPS, CONNECTIONS, shortConnections(SHORT_LIVED_MS), LINES],
  examine: (input) => new ConnectionCycling(input),
};

class ConnectionCycling implements Examination {
  readonly #input: RuleInput;

  constructor(input: RuleInput) {
    this.#input = input;
  }

  findings(): Finding[] {
    const least = this.#input.threshold('closed');
    const share = this.#input.threshold('share');
    return bucketsOf(this.#input)
      .filter(({ closed, shortLived }) => closed >= least && shortLived >= share * closed)
      .map((bucket) => this.#findingOf(bucket, share));
  }

  #findingOf({ start, end, closed, shortLived }: Bucket, threshold: number): Finding {
    const value = shortLived / closed;
    return {
      severity: 'warning',
      subject: `bucket from ${new Date(start).toISOString()}`,
      firstSeen: start,
      lastSeen: end,
      snapshots: snapshotsBetween(this.#input.recording, start, end),
      value,
      threshold,
      explanation: `${shortLived} of ${closed} connections that closed, ${percent(value)}, had lived under 30 s.`,
    };
  }
}

interface Bucket {
  readonly start: number;
  readonly end: number;
  readonly closed: number;
  readonly shortLived: number;
}

function bucketsOf(input: ReportInput): Bucket[] {
  const place = new Map(churn.columns.map(({ name }, index) => [name, index]));
  const number = (row: Row, name: string) => Number(row[place.get(name)!] as Cell);
  return [...churn.analyse(input).rows()].map((row) => ({
    start: number(row, 'bucket_start'),
    end: number(row, 'bucket_end'),
    closed: number(row, 'closed'),
    shortLived: number(row, 'short_lived'),
  }));
}
