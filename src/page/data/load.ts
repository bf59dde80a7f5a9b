/**
 * How busy the relay was: descriptors, circuits, and what Tor counted of itself.
 * Owns which quantities are drawn; that a number is one, and how a counter rises, is reports/'s.
 */
import { METRICS } from '../../listing/metrics.ts';
import { metrics } from '../../reports/metrics.ts';
import type { DrawnSeries, LoadPart } from '../parts.ts';
import { type PartInput, pollsAStretch } from './input.ts';
import { questionIn } from './question.ts';

export function loadPart(input: PartInput): LoadPart {
  return loadOf([...descriptors(input), circuitsMoving(input), ...counted(input)]);
}

/** Without what Tor counts, which is on the tape alone. */
export function quickLoad(input: PartInput): LoadPart {
  const { series } = loadOf([...descriptors(input), circuitsMoving(input)]);
  const note = 'What Tor’s MetricsPort counted comes when it is computed.';
  return { series, unseen: [], exact: false, note };
}

function loadOf(series: readonly DrawnSeries[]): LoadPart {
  const seen = series.filter(({ value }) => value.some((one) => one !== null));
  const has = (text: string) => seen.some(({ name }) => name.includes(text));
  return {
    series: seen,
    unseen: [
      ...(has('descriptors') ? [] : ['Descriptors: no info/descriptor-used was read.']),
      ...(has('onionskins') ? [] : ['Onionskins: Tor’s MetricsPort was not read.']),
      ...(has('DoS') ? [] : ['DoS defence: neither MetricsPort nor heartbeats were read.']),
    ],
    exact: true,
    note: null,
  };
}

/** A poll, and the number that was known with it. */
interface Known {
  readonly at: number;
  readonly value: number | null;
}

/** What an info key said with every snapshot of the window: it stands until it is another. */
function* knownOf({ recording, window }: PartInput, key: string): Generator<Known, void> {
  const changes = recording.index.infoChanges(key);
  let next = 0;
  let value: number | null = null;
  for (const { at, snapshot } of recording.index.rollups().polls(window)) {
    for (; (changes[next]?.snapshot ?? Number.POSITIVE_INFINITY) <= snapshot; next++) {
      value = numberOf(changes[next]!.value);
    }
    yield { at, value };
  }
}

/** What it said last in the window. */
function lastKnown({ recording, window }: PartInput, key: string): number | null {
  const last = recording.snapshotAt(window.to)?.number ?? 0;
  const change = recording.index.infoChanges(key).findLast(({ snapshot }) => snapshot <= last);
  return change === undefined ? null : numberOf(change.value);
}

/** A whole number; null for any other text. */
function numberOf(text: string): number | null {
  return /^\d+$/.test(text) ? Number(text) : null;
}

function* descriptors(input: PartInput): Generator<DrawnSeries, void> {
  const limit = lastKnown(input, 'info/descriptor-limit');
  const used = thinned(knownOf(input, 'info/descriptor-used'), pollsAStretch(input));
  yield { name: 'descriptors in use', unit: '', limit, ...used };
}

/** Poll by poll, or where so many make a stretch, the least and the greatest of each. */
function thinned(all: Iterable<Known>, each: number): Pick<DrawnSeries, 'at' | 'value'> {
  const [at, value]: [number[], (number | null)[]] = [[], []];
  let some: Known[] = [];
  const settle = () => {
    const numbers = some.flatMap((one) => (one.value === null ? [] : [one.value]));
    const [first, last] = [some[0]!, some.at(-1)!];
    at.push(first.at, ...(last === first ? [] : [last.at]));
    const ends = numbers.length === 0 ? [null, null] : [Math.min(...numbers), Math.max(...numbers)];
    value.push(...(last === first ? ends.slice(0, 1) : ends));
    some = [];
  };
  for (const one of all) {
    some.push(one);
    if (some.length === each) settle();
  }
  if (some.length > 0) settle();
  return { at, value };
}

function circuitsMoving(input: PartInput): DrawnSeries {
  const { index } = input.recording;
  const blind = index.blindTimes();
  let before: number | undefined;
  const known = Array.from(index.rollups().polls(input.window), ({ at, circuits }) => {
    const isSeen = before !== undefined && !blind.overlaps(before, at);
    before = at;
    return { at, value: isSeen ? circuits : null };
  });
  const isAny = known.some(({ value }) => value !== null && value > 0);
  const drawn = thinned(isAny ? known : [], pollsAStretch(input));
  return { name: 'circuits that moved something', unit: 'a poll', limit: null, ...drawn };
}

/** Counters of which each is a picture, by the metric's name and what its labels hold. */
const COUNTERS: readonly {
  readonly says: string;
  readonly is: (name: string, labels: string) => boolean;
}[] = [
  {
    says: 'onionskins processed',
    is: (name, labels) =>
      name === 'tor_relay_load_onionskins_total' && labels.includes('action="processed"'),
  },
  {
    says: 'onionskins dropped',
    is: (name, labels) =>
      name === 'tor_relay_load_onionskins_total' && labels.includes('action="dropped"'),
  },
  {
    says: 'DoS defence acted',
    is: (name) => name === 'tor_relay_dos_total' || name === 'heartbeat/dos',
  },
];

/** Rises by bucket, all labels together. */
function counted(input: PartInput): DrawnSeries[] {
  const { window, bins } = input;
  if (!countsItself(input)) return [];
  const bucketMs = Math.max(60_000, Math.ceil((window.to - window.from) / bins / 1000) * 1000);
  const rises = COUNTERS.map(() => new Map<number, number>());
  const analysis = metrics.analyse(questionIn(input, bucketMs));
  for (const [bucket, name, labels, kind, value] of analysis.rows()) {
    if (kind !== 'counter' || typeof value !== 'number') continue;
    const place = COUNTERS.findIndex(({ is }) => is(String(name), String(labels)));
    if (place < 0) continue;
    const start = Number(bucket);
    rises[place]!.set(start, (rises[place]!.get(start) ?? 0) + value);
  }
  return rises.map((rise, place) => ({
    name: COUNTERS[place]!.says,
    unit: 'a bucket',
    at: [...rise.keys()],
    value: [...rise.values()],
    limit: null,
  }));
}

/** Whether Tor's counters stand on the tape: those of the window's last snapshot say it. */
function countsItself({ recording, window }: PartInput): boolean {
  const last = recording.snapshotAt(window.to);
  if (last === undefined) return false;
  const keys = [...recording.stateAt(last).info.keys()];
  return keys.some((key) => key.startsWith(METRICS) || key.startsWith('heartbeat/'));
}
