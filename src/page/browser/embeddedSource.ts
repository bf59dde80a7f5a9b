/**
 * The source of a page that holds its data: one file, mailed and opened anywhere.
 * Owns unpacking it, and which of its rows a window is about.
 */
import { bytesOfText } from '../levels.ts';
import type { Embedded, MomentPart, PageSpan, PartName, Parts } from '../parts.ts';
import { CsvTable } from './csvRows.ts';
import { fileMoment } from './fileMoment.ts';
import { countText } from './format.ts';
import { csvName, windowText } from './savedName.ts';
import type { PageSource, ReportRows, SavedCsv, Subject } from './view.ts';

/** @param text base64 of the deflated JSON. Rejects where that is damaged. */
export async function unpacked(text: string): Promise<Embedded> {
  const deflated = new Blob([bytesOfText(text.trim())]).stream();
  const inflated = deflated.pipeThrough(new DecompressionStream('deflate'));
  return (await new Response(inflated).json()) as Embedded;
}

export class EmbeddedSource implements PageSource {
  readonly head: Embedded['head'];
  readonly #embedded: Embedded;
  readonly #tables = new Map<string, CsvTable>();

  constructor(embedded: Embedded) {
    this.head = embedded.head;
    this.#embedded = embedded;
  }

  async part<Name extends PartName>(name: Name): Promise<Parts[Name]> {
    return this.#embedded.parts[name];
  }

  async rows(
    report: string,
    window: PageSpan,
    _signal: AbortSignal,
    subject?: Subject,
  ): Promise<ReportRows> {
    const table = this.#table(report);
    const rows = table.rowsOf(window, subject);
    if (subject !== undefined && rows.length === 0 && !this.#embedded.parts.lives.listed) {
      throw this.#notHeld(`report ${report} ${this.head.path} --${subject.kind} ${subject.id}`);
    }
    return table.pick(rows);
  }

  async csv(report: string, window: PageSpan): Promise<SavedCsv> {
    const table = this.#table(report);
    const rows = table.rowsOf(window);
    const isAll = rows.length === table.count;
    const whole = windowText(this.head.window);
    let url: string | undefined;
    return {
      get url() {
        url ??= URL.createObjectURL(new Blob(table.lines(rows), { type: 'text/csv' }));
        return url;
      },
      name: csvName(this.head.name, report, isAll ? this.head.window : window),
      says: isAll
        ? `all ${countText(table.count)} rows that this file holds, of ${whole}`
        : `${countText(rows.length)} of the ${countText(table.count)} rows that this file holds of ${whole}, each whole: those that share time with ${windowText(window)}`,
    };
  }

  /** All that a file holds is exact. */
  whenExact(): void {}

  async moment(at: number): Promise<MomentPart> {
    const table = this.#table('connections');
    const { lives, polls } = this.#embedded.parts;
    // Rows come in the order of first sight: what is left out is what came last.
    if (!lives.listed && at > (table.numbers('first_seen').at(-1) ?? Number.NEGATIVE_INFINITY)) {
      throw this.#notHeld(`replay ${this.head.path} --at ${new Date(at).toISOString()}`);
    }
    return fileMoment(table, polls, this.head, at);
  }

  /** @param command what shows it, where the recording is. */
  #notHeld(command: string): Error {
    const held = countText(this.#table('connections').count);
    const all = countText(this.#embedded.parts.lives.total);
    return new Error(
      `It is not in this file, which holds the first ${held} of ${all} lives. In a terminal: conntape ${command}`,
    );
  }

  async timeline(): Promise<null> {
    return null;
  }

  #table(report: string): CsvTable {
    const known = this.#tables.get(report);
    if (known !== undefined) return known;
    const text = this.#embedded.csv[report];
    if (text === undefined) {
      throw new Error(
        `This file does not hold the rows of ${report}. In a terminal: conntape report ${report} ${this.head.path}`,
      );
    }
    const table = new CsvTable(report, text, this.head.reports[report] ?? []);
    this.#tables.set(report, table);
    return table;
  }
}
