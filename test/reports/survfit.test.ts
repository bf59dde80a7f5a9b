/**
 * The percentiles of lifetimes beside those of R's package survival.
 * Owns the comparison; the curve is test/oracle/survfit.R's. R starts slowly: one process for all.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cell, Row } from '../../src/output/table.ts';
import type { Recording } from '../../src/recording/reader.ts';
import { circuits } from '../../src/reports/circuits.ts';
import { connections } from '../../src/reports/connections.ts';
import { lifetimes } from '../../src/reports/lifetimes.ts';
import type { Report } from '../../src/reports/report.ts';
import { type Crowd, crowds } from '../oracle/crowds.ts';
import { tableOf, withRecording } from '../recording/tapes.ts';

const CASES = Number(process.env['CONNTAPE_PROPERTY_RUNS'] ?? 60);

const SCRIPT = fileURLToPath(new URL('../oracle/survfit.R', import.meta.url));

const hasR = spawnSync('Rscript', ['-e', 'library(survival)']).status === 0;
if (!hasR) {
  const bar = '!'.repeat(78);
  const words =
    "SKIPPED: lifetimes beside R's survfit. It takes Rscript and Debian's r-cran-survival.";
  console.error(['', bar, words, bar, ''].join('\n'));
}

/** The cells of a row by the names of their columns. */
type Named = Readonly<Record<string, Cell>>;

function rowsOf(report: Report, recording: Recording): Named[] {
  const { columns, rows } = tableOf(report, recording);
  return [...rows].map((row: Row) =>
    Object.fromEntries(columns.map(({ name }, place) => [name, row[place]!])),
  );
}

const LIFE = 'case,subject,kind,opened,first,last,closed,end,known,told,interval';

/** What R is given: a line a life of one recording. */
function livesOf(recording: Recording, { intervalS, told }: Crowd, number: number): string[] {
  const line = (subject: string, kind: Cell, row: Named, known: boolean, isTold: boolean) => {
    const times = ['opened_at', 'first_seen', 'last_seen', 'closed_by'].map((name) => row[name]);
    const truth = [known, isTold].map((is) => (is ? 'TRUE' : 'FALSE'));
    const cells = [number, subject, kind, ...times, row['end'], ...truth, intervalS * 1000];
    return cells.map((cell) => cell ?? 'NA').join(',');
  };
  return [
    ...rowsOf(connections, recording).map((row) => {
      const isTold = told.includes(Number(row['conn_id']));
      return line('connection', row['type_flags']!, row, Boolean(row['opened_known']), isTold);
    }),
    // Circuits of a crowd have known ages, and no event tells of them.
    ...rowsOf(circuits, recording).map((row) => line('circuit', row['shape']!, row, true, false)),
  ];
}

const PERCENTILES = ['p10', 'median', 'p90'].flatMap((name) => [`${name}_min_s`, `${name}_max_s`]);

/** `3 connection inbound 40: 12000 NA …, from 10000`, milliseconds: what R writes, too. */
function answersOf(recording: Recording, number: number): string[] {
  return rowsOf(lifetimes, recording).map((row) => {
    const ms = (name: string) => (row[name] === null ? 'NA' : Math.round(Number(row[name]) * 1000));
    const who = [number, row['subject'], row['group'], row['count']].join(' ');
    return `${who}: ${PERCENTILES.map(ms).join(' ')}, from ${ms('from_age_s')}`;
  });
}

describe.skipIf(!hasR)("lifetimes and R's survfit", () => {
  it('have the same percentiles, of whatever lives', async () => {
    const lives: string[] = [];
    const ours: string[] = [];
    const drawn = fc.sample(crowds, { numRuns: CASES, ...standingSeed() });
    for (const [number, crowd] of drawn.entries()) {
      await withRecording(crowd.transcript, (recording) => {
        lives.push(...livesOf(recording, crowd, number));
        ours.push(...answersOf(recording, number));
      });
    }
    const { stdout, stderr } = spawnSync('Rscript', [SCRIPT], {
      input: [LIFE, ...lives, ''].join('\n'),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    expect(stderr).toBe('');
    const theirs = stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((text) => {
        const [number, subject, group, count, percentiles, from] = text.split(',');
        return `${number} ${subject} ${group} ${count}: ${percentiles}, from ${from}`;
      });
    expect(ours.sort()).toEqual(theirs.sort());
    // Cases in which nothing is known would agree, too.
    const matching = (form: RegExp) => ours.filter((text) => form.test(text)).length;
    expect(matching(/: \d/)).toBeGreaterThan(2 * CASES);
    expect(matching(/: \d[^,NA]+,/)).toBeGreaterThan(CASES / 10);
    expect(matching(/: \d.*from 0$/)).toBeGreaterThan(CASES / 10);
  }, 300_000);
});

/** The seed of all property tests, which `fc.sample` does not take from the configuration. */
function standingSeed(): { readonly seed?: number } {
  const { seed } = fc.readConfigureGlobal();
  return seed === undefined ? {} : { seed };
}
