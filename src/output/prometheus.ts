/**
 * Numbers for Prometheus, in its text format (version 0.0.4).
 * Owns the writing of families and the escaping in them; which numbers there are is for whoever knows them.
 */

/** One series of a family. */
export interface MetricSample {
  /** Of a histogram, what stands behind the family's name; nothing in any other. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The series of one name. */
export interface MetricFamily {
  /** As Prometheus would have it: the unit behind it, and `_total` behind a counter. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** What it is, in one line. */
  readonly help: string;
  /** What is not known has none. */
  readonly samples: readonly MetricSample[];
}

/** Of what stands behind the point: as seconds, to the microsecond, which is finer than any clock here. */
const DECIMALS = 6;

/** The text of families, in their order, a line a series; those without a series are left out. */
export function prometheusText(families: Iterable<MetricFamily>): string {
  let text = '';
  for (const { name, type, help, samples } of families) {
    if (samples.length === 0) continue;
    text += `# HELP ${name} ${help.replace(/[\\\n]/g, escaped)}\n# TYPE ${name} ${type}\n`;
    for (const { suffix = '', labels, value } of samples) {
      text += `${name}${suffix}${labelsText(labels)} ${Number(value.toFixed(DECIMALS))}\n`;
    }
  }
  return text;
}

function labelsText(labels: MetricSample['labels']): string {
  const all = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\\n"]/g, escaped)}"`,
  );
  return all.length === 0 ? '' : `{${all.join(',')}}`;
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}
