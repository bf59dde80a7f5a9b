/**
 * The workloads of the benchmark, by name.
 * Owns their sizes; how they are drawn is workload.ts's and circuits.ts's.
 */
import { type CircuitOptions, circuitWorkload } from './circuits.ts';
import { STANDARD, type WorkloadOptions, workload } from './workload.ts';

export interface Workload {
  readonly name: string;
  readonly title: string;
  /** Snapshots. */
  readonly snapshots: number;
  /** The transcript, a line a string. */
  lines(): Iterable<string>;
}

/** Of `--small`, connections and circuits are divided by this, and snapshots by the next. */
const SMALL = { open: 40, snapshots: 5 };

function ofConnections(name: string, title: string, options: WorkloadOptions): Workload {
  return { name, title, snapshots: options.snapshots, lines: () => workload(options) };
}

function ofCircuits(name: string, title: string, options: CircuitOptions): Workload {
  return { name, title, snapshots: options.snapshots, lines: () => circuitWorkload(options) };
}

/** All of them, in the order of the table. */
export function workloads(small: boolean): Workload[] {
  const open = (count: number) => (small ? Math.ceil(count / SMALL.open) : count);
  const polls = (count: number) => (small ? Math.ceil(count / SMALL.snapshots) : count);
  const { interval, seed } = STANDARD;
  const sized = (connections: number, snapshots: number): WorkloadOptions => ({
    connections: open(connections),
    snapshots: polls(snapshots),
    interval,
    seed,
  });
  const title = ({ connections, snapshots }: WorkloadOptions) =>
    `${grouped(connections)} connections, ${grouped(snapshots)} snapshots`;
  const standard = sized(STANDARD.connections, STANDARD.snapshots);
  const long = sized(10_000, 2160);
  const many = sized(40_000, 60);
  const circuits: CircuitOptions = {
    connections: open(3000),
    circuits: open(30_000),
    snapshots: polls(60),
    interval,
    seed,
  };
  return [
    ofConnections('standard', title(standard), standard),
    ofConnections('uneven', `${title(standard)}, counters not multiples of cells`, {
      ...standard,
      cell: 1,
    }),
    ofConnections('many', title(many), many),
    ofCircuits(
      'circuits',
      `${grouped(circuits.circuits)} circuits over ${title(circuits)}`,
      circuits,
    ),
    ofConnections('long', title(long), long),
  ];
}

/** Of `--small` where none are named: lines that repeat totals, and lines that do not. */
export const SMALL_ONES = 'standard,circuits';

/** 10000 → 10,000. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
