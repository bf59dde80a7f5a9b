/**
 * A whole page's data: every part of a window, and the CSV of its reports.
 * Owns that the tape is played once for all of it, and what of very much is left out; each part is
 * its own file's.
 */
import { csvText } from '../../output/csv.ts';
import type { Row, Table } from '../../output/table.ts';
import type { Recording, Window } from '../../recording/reader.ts';
import { Examining } from '../../reports/findings/examining.ts';
import { RULES } from '../../reports/findings/rules.ts';
import { findingRows, findings } from '../../reports/findings.ts';
import { metrics } from '../../reports/metrics.ts';
import { REPORTS } from '../../reports/reports.ts';
import { tablesOf } from '../../reports/tables.ts';
import type { Embedded } from '../parts.ts';
import { findingsOf } from './findings.ts';
import { type HeadInput, makeHead } from './head.ts';
import { Laning } from './lanes.ts';
import { denseLives, listedLives } from './lives.ts';
import { loadPart } from './load.ts';
import { Openings } from './openings.ts';
import { pollsPart } from './polls.ts';
import { questionIn } from './question.ts';
import { rankingsOf } from './rankings.ts';
import { survivalPart } from './survival.ts';

export interface EmbeddedInput extends Omit<HeadInput, 'form' | 'leftOut'> {
  readonly recording: Recording;
  /** Finite, and holds a snapshot: what is drawn. */
  readonly window: Window;
  /** What was asked for, which may reach further: what reports are of. */
  readonly asked: Window;
  /** How many rows of a report the file holds. */
  readonly mostRows?: number;
  /** Called as the tape goes by, with the time of the snapshot. */
  readonly onSnapshot: (at: number) => void;
}

/** More stretches than a screen has pixels: a file can be looked into as deep. */
const STRETCHES = 2000;

/** Rows of a report that a file holds: with more it is no longer mailed. */
export const MAX_EMBEDDED_ROWS = 50_000;

/** Left out of a file: long, and what is drawn of them stands in parts. */
const NOT_HELD: readonly string[] = [metrics.name, 'concentration'];

/** Throws what reading the recording throws. */
export function embeddedData(input: EmbeddedInput): Embedded {
  const { recording, window, asked, path, onSnapshot, mostRows = MAX_EMBEDDED_ROWS } = input;
  const part = { recording, window, path, bins: STRETCHES };
  const question = questionIn({ recording, window: asked });
  const [laning, openings] = [new Laning(part), new Openings(window)];
  const examining = new Examining(RULES, question);
  const reports = REPORTS.filter(({ name }) => name !== findings.name && !NOT_HELD.includes(name));
  const watchers = [laning, openings, examining];
  const tables = tablesOf(reports, question, onSnapshot, watchers);
  const held = new Held(mostRows);
  const csv: Record<string, string> = {};
  for (const table of tables) csv[table.name] = held.textOf(table);
  const verdict = examining.verdict();
  const { columns, name } = findings;
  csv[name] = held.textOf({ name, columns, rows: findingRows(verdict, question) });
  const { lanes, balance } = laning.finish();
  return {
    head: makeHead({ ...input, form: 'file', leftOut: held.leftOut }),
    parts: {
      ...{ lanes, balance },
      polls: pollsPart(part),
      lives: held.isWhole('connections')
        ? listedLives(held.countOf('connections'))
        : denseLives(part, held.countOf('connections')),
      survival: survivalPart(part),
      rankings: rankingsOf(held.rowsOf('destinations'), held.rowsOf('peers'), openings),
      load: loadPart(part),
      findings: findingsOf(verdict, recording, path),
    },
    csv,
  };
}

/** What of the reports a file holds. */
class Held {
  readonly #most: number;
  readonly #counts = new Map<string, number>();
  /** Of those that are ranked. */
  readonly #rows = new Map<string, Row[]>();

  constructor(most: number) {
    this.#most = most;
  }

  textOf(table: Table): string {
    const chunks = [...csvText({ ...table, rows: this.#counted(table) })];
    return chunks.join('');
  }

  *#counted({ name, rows }: Table): Generator<Row, void> {
    let count = 0;
    for (const row of rows) {
      count++;
      if (RANKED.includes(name)) this.#keep(name, row);
      if (count <= this.#most) yield row;
    }
    this.#counts.set(name, count);
  }

  #keep(name: string, row: Row): void {
    const rows = this.#rows.get(name);
    if (rows === undefined) this.#rows.set(name, [row]);
    else rows.push(row);
  }

  rowsOf(name: string): readonly Row[] {
    return this.#rows.get(name) ?? [];
  }

  countOf(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  isWhole(name: string): boolean {
    return this.countOf(name) <= this.#most;
  }

  /** A sentence for each report that is not whole. */
  get leftOut(): string[] {
    return [...this.#counts]
      .filter(([name]) => !this.isWhole(name))
      .map(
        ([name, count]) => `Of ${count} rows of ${name} the file holds the first ${this.#most}.`,
      );
  }
}

const RANKED: readonly string[] = ['destinations', 'peers'];
