/**
 * The table of a workload: a row a measure, a column a system, in Markdown that a terminal shows as well.
 * Owns the measures, their units and the targets beside them; the figures come from bench.ts.
 */

/** What was measured of a system on a workload: medians. */
export interface Measured {
  readonly title: string;
  readonly bytes: number;
  readonly steps: ReadonlyMap<string, Step>;
}

export interface Step {
  readonly cpuMs: number;
  readonly wallMs: number;
  /** The most of all runs. */
  readonly peakMb: number;
  readonly parts: Readonly<Record<string, number>>;
}

export interface Figured {
  /** By which its targets are found; undefined where it has none. */
  readonly workload: string | undefined;
  readonly observations: number;
  /** By name, conntape first if it was measured. */
  readonly systems: ReadonlyMap<string, Measured>;
}

interface Measure {
  readonly name: string;
  /** The figure of a system; undefined where it has none. */
  readonly of: (measured: Measured) => number | undefined;
  readonly shown: (figure: number, measured: Measured) => string;
  readonly target?: Target | undefined;
}

interface Target {
  readonly text: string;
  readonly isMet: (figure: number) => boolean;
}

const CONNTAPE = 'conntape';

const DUCKDB = 'duckdb';

/** The steps that more than conntape has, in the order of the table. */
const QUESTIONS = ['lifetimes', 'asymmetry'];

/** Those of conntape that are no reports. */
const OTHERS = [
  'import',
  'replay',
  'playback',
  'instant',
  'poll',
  'audit',
  'verify',
  'verify --rebuild',
  'export',
];

export function tableOf(figured: Figured): string {
  const systems = [...figured.systems.values()];
  const header = ['', ...systems.map(({ title }) => title), 'target', 'met', 'ratio'];
  const rows = measuresOf(figured)
    .filter(({ of }) => systems.some((system) => of(system) !== undefined))
    .map((measure) => rowOf(measure, figured));
  return [[...header], header.map((_, place) => (place === 0 ? '---' : '---:')), ...rows]
    .map(
      (cells, _, all) => `| ${cells.map((cell, place) => padded(cell, place, all)).join(' | ')} |`,
    )
    .join('\n');
}

function padded(cell: string, place: number, all: readonly (readonly string[])[]): string {
  const width = Math.max(...all.map((cells) => cells[place]!.length));
  if (/^-+:?$/.test(cell)) return cell.padStart(width, '-');
  return place === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function rowOf({ name, of, shown, target }: Measure, { systems }: Figured): string[] {
  const cells = [...systems.values()].map((system) => {
    const figure = of(system);
    return figure === undefined ? '' : shown(figure, system);
  });
  const ours = systems.has(CONNTAPE) ? of(systems.get(CONNTAPE)!) : undefined;
  const met = target === undefined || ours === undefined ? '' : target.isMet(ours) ? 'yes' : 'no';
  return [name, ...cells, target?.text ?? '', met, ratioOf(name, of, ours, systems)];
}

/** To DuckDB's figure where it has one; of a report else, to that of asymmetry. */
function ratioOf(
  name: string,
  of: Measure['of'],
  ours: number | undefined,
  systems: Figured['systems'],
): string {
  if (ours === undefined) return '';
  const duckdb = systems.has(DUCKDB) ? of(systems.get(DUCKDB)!) : undefined;
  if (duckdb !== undefined) return `${(ours / duckdb).toFixed(2)} × DuckDB`;
  const asymmetry = systems.get(CONNTAPE)!.steps.get('asymmetry')?.cpuMs;
  if (asymmetry === undefined || !/^report|^audit|^export|^verify/.test(name)) return '';
  return `${(ours / asymmetry).toFixed(2)} × asymmetry`;
}

function measuresOf({ workload, observations, systems }: Figured): Measure[] {
  const ours = systems.get(CONNTAPE);
  const cpuOf = (system: string, step: string) => systems.get(system)?.steps.get(step)?.cpuMs;
  const most = (limit: number | undefined, text: string): Target | undefined =>
    limit === undefined || workload === undefined
      ? undefined
      : { text, isMet: (figure) => figure <= limit };
  const times = (factor: number, base: number | undefined, text: string) =>
    most(base === undefined ? undefined : factor * base, text);
  const duckdb = (step: string) => cpuOf(DUCKDB, step);
  const asymmetry = cpuOf(CONNTAPE, 'asymmetry');
  const bytes = workload === 'long' ? 1.2 : workload === 'standard' ? 1.8 : undefined;
  const reports = [...(ours?.steps.keys() ?? [])].filter(
    (step) => ![...OTHERS, ...QUESTIONS].includes(step),
  );
  const isMany = workload === 'many';
  return [
    {
      name: 'bytes an observation',
      of: (system) => system.bytes / observations,
      shown: (figure) => figure.toFixed(2),
      target: most(bytes, `≤ ${bytes}`),
    },
    {
      name: 'import, µs an observation',
      of: ({ steps }) => inMicroseconds(steps.get('import')?.cpuMs, observations),
      shown: (figure, { steps }) =>
        `${figure.toFixed(2)} (${inMicroseconds(steps.get('import')!.wallMs, observations)!.toFixed(2)})`,
      target: most(0.5, '≤ 0.5'),
    },
    {
      name: 'replay, million observations a second',
      of: ({ steps }) => perSecond(steps.get('replay'), observations),
      shown: (figure) => figure.toFixed(1),
      target:
        workload === undefined ? undefined : { text: '≥ 60', isMet: (figure) => figure >= 60 },
    },
    {
      name: 'playback, million observations a second',
      of: ({ steps }) => perSecond(steps.get('playback'), observations),
      shown: (figure) => figure.toFixed(1),
    },
    timeOf('worst instant', 'instant', most(50, '≤ 50')),
    timeOf('lifetimes', 'lifetimes', times(2, duckdb('lifetimes'), '≤ 2 × DuckDB')),
    timeOf('asymmetry', 'asymmetry', times(0.5, duckdb('asymmetry'), '≤ 0.5 × DuckDB')),
    ...reports.map((name) =>
      timeOf(
        name === 'report all' ? name : `report ${name}`,
        name,
        name === 'report all' ? undefined : times(1, asymmetry, '≤ asymmetry'),
      ),
    ),
    timeOf('audit', 'audit', times(3, asymmetry, '≤ 3 × asymmetry')),
    timeOf('verify', 'verify'),
    timeOf('verify --rebuild', 'verify --rebuild'),
    timeOf('export', 'export'),
    partOf('a poll, the first', 'first', isMany ? most(150, '≤ 150') : undefined),
    partOf('a poll, those that follow', 'following', isMany ? most(50, '≤ 50') : undefined),
    memoryOf('import', ['import'], most(150, '≤ 150')),
    ...QUESTIONS.map((step) => memoryOf(step, [step], most(200, '≤ 200'))),
    memoryOf('audit', ['audit'], most(200, '≤ 200')),
    memoryOf('export', ['export'], most(200, '≤ 200')),
    memoryOf('the most of all steps', undefined, most(200, '≤ 200')),
  ];
}

/** Milliseconds of CPU, and in brackets of the clock. */
function timeOf(name: string, step: string, target?: Target): Measure {
  return {
    name: `${name}, ms`,
    of: ({ steps }) => steps.get(step)?.cpuMs,
    shown: (figure, { steps }) => `${inMs(figure)} (${inMs(steps.get(step)!.wallMs)})`,
    target,
  };
}

function partOf(name: string, part: string, target: Target | undefined): Measure {
  return {
    name: `${name}, ms`,
    of: ({ steps }) => steps.get('poll')?.parts[part],
    shown: inMs,
    target,
  };
}

/** @param names of steps; all where it is not given. */
function memoryOf(
  name: string,
  names: readonly string[] | undefined,
  target: Target | undefined,
): Measure {
  return {
    name: `peak memory, ${name}, MB`,
    of: ({ steps }) => {
      const peaks = [...steps]
        .filter(([step]) => names?.includes(step) ?? true)
        .map(([, { peakMb }]) => peakMb);
      return peaks.length === 0 ? undefined : Math.max(...peaks);
    },
    shown: (figure) => figure.toFixed(0),
    target,
  };
}

function inMs(figure: number): string {
  return figure < 10 ? figure.toFixed(1) : Math.round(figure).toLocaleString('en-US');
}

function inMicroseconds(ms: number | undefined, observations: number): number | undefined {
  return ms === undefined ? undefined : (ms * 1000) / observations;
}

function perSecond(step: Step | undefined, observations: number): number | undefined {
  return step === undefined ? undefined : observations / 1000 / step.cpuMs;
}
