/**
 * A recorder's series for Prometheus, from items that a test made up, through a real recording.
 * Owns what stands between the two; what is in the items is the test's.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { recorderFamilies } from '../../src/cli/recorderMetrics.ts';
import type { RecorderFigures } from '../../src/cli/recorderState.ts';
import { RecorderState } from '../../src/cli/recorderState.ts';
import type { TapeItem } from '../../src/listing/snapshot.ts';
import { prometheusText } from '../../src/output/prometheus.ts';
import { SteadyWriter } from '../../src/recording/steadyWriter.ts';
import { temporaryFolder, WRITER_OPTIONS } from '../recording/tapes.ts';

/** What it costs, always the same. */
const COST = {
  ...{ share: 0.03, own: 0.02, children: 0.01, peakBytes: 90_000_000, polls: 30, seconds: 300 },
};
const SPENT = { ownMs: 1500, childrenMs: 250, peakBytes: 90_000_000 };

/** A recorder on a clock that is set. */
export class Monitored {
  readonly path = join(temporaryFolder(), 'a.tape');
  now: number;
  readonly #state: RecorderState;
  readonly #writer: SteadyWriter;

  constructor(now: number) {
    this.now = now;
    this.#state = new RecorderState({
      now: () => this.now,
      sizes: () => ({ total: 900_000, log: 100_000 }),
      cost: () => COST,
      spent: () => SPENT,
    });
    this.#writer = new SteadyWriter(this.path, { ...WRITER_OPTIONS, notice: () => {} });
  }

  /** Keeps items. */
  keep(...items: readonly TapeItem[]): this {
    for (const item of items) this.#state.kept(item, this.#writer.append(item)!);
    return this;
  }

  close(): this {
    this.#writer.close();
    return this;
  }

  get figures(): RecorderFigures {
    return this.#state.figures;
  }

  get text(): string {
    return prometheusText(recorderFamilies(this.figures) ?? []);
  }

  /** By name and labels, `relay` left out: `conntape_lines`, `conntape_connections_open{direction="inbound",kind="relay"}`. */
  get values(): Map<string, number> {
    return valuesIn(this.text);
  }
}

/** The values of a text, by name and labels, `relay` left out. */
export function valuesIn(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const cut = line.lastIndexOf(' ');
      const name = line.slice(0, cut).replace(/\{relay="[^"]*"(?:,(.*))?\}$/s, (_, others) => {
        return others === undefined ? '' : `{${others}}`;
      });
      return [name, Number(line.slice(cut + 1))];
    }),
  );
}

/** Debian's package prometheus. Without it what needs it is skipped, loudly; never in CI. */
export const HAS_PROMETHEUS =
  spawnSync('promtool', ['--version']).status === 0 &&
  spawnSync('prometheus', ['--version']).status === 0;
if (!HAS_PROMETHEUS) {
  if (process.env['CONNTAPE_REQUIRE_TOR'] === '1') throw new Error('prometheus is missing');
  console.warn('SERIES ARE NOT HELD AGAINST PROMETHEUS: promtool or prometheus is missing');
}

/** What `promtool check metrics` has against a text; empty where nothing. */
export function complaintsOf(text: string): string {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  return status === 0 ? `${stdout}${stderr}` : `${status}: ${stdout}${stderr}`;
}
