/**
 * `conntape info`: what a recording holds, and what it cannot show.
 * Owns its wording; every figure is the recording's.
 */
import type { Command } from 'commander';
import { formatDuration } from '../cli/duration.ts';
import type { Io, Output } from '../cli/io.ts';
import { withRecording } from '../cli/opened.ts';
import { formatSize } from '../cli/size.ts';
import { endedLongAgo } from '../cli/window.ts';
import { fitted, lineWidth } from '../cli/wrapped.ts';
import { isoTime } from '../listing/instant.ts';
import { roundOf } from '../listing/rounding.ts';
import { type Observes, UNPLACED_CIRCUITS } from '../listing/snapshot.ts';
import { visible } from '../listing/visible.ts';
import { writeText } from '../output/write.ts';
import { EVERYTHING, type Recording } from '../recording/reader.ts';
import { caughtByPolls } from '../reports/caught.ts';
import { count, percent } from '../reports/findings/wording.ts';
import { goneBefore } from '../reports/recorded.ts';
import { FAILED_KEYS } from '../sources/asking.ts';

/** What sources are asked whether they observe it, in words. */
const OBSERVATIONS: Readonly<Record<keyof Observes, string>> = {
  connections: 'connections',
  bytes: 'bytes',
  ages: 'ages',
  ownCircuits: 'own circuits',
  transitCircuits: 'circuits of others',
  closeReasons: 'why connections close',
  shortConnections: 'short connections',
};

/** How many quarantined lines are shown. */
const SHOWN_LINES = 5;

export function addInfoCommand(program: Command, io: Io): void {
  program
    .command('info')
    .summary('what a recording holds')
    .description(
      'What a recording holds: relay, source and what it cannot observe, window, snapshots, gaps, runs, size.',
    )
    .argument('<recording>', 'a recording')
    .option('--follow', 'a line each time that it has grown, until stopped')
    .addHelpText(
      'after',
      '\nExamples:\n  $ conntape info relay.tape\n  $ conntape info relay.tape --follow',
    )
    .action(async (path: string, { follow = false }: { follow?: boolean }) => {
      if (follow) return writeText(growth(path, io), io.stdout);
      await withRecording(path, io, async (recording) => {
        await writeText(factLines(recording, io.stdout, io.now()), io.stdout);
      });
    });
}

/** How often a recording that is followed is looked at. */
const LOOK_MS = 1000;

/** A line now, and one each time that the recording has grown, until the operator interrupts. */
async function* growth(path: string, io: Io): AsyncGenerator<string, void> {
  const { interrupted } = io;
  let before: string | null | undefined;
  while (!interrupted.aborted) {
    const line = await withRecording(path, io, (recording) => {
      const { head } = recording;
      const hasGrown = head !== before;
      before = head;
      return hasGrown ? growthLine(recording) : undefined;
    });
    if (line !== undefined) yield `${visible(line)}\n`;
    await io.wait(LOOK_MS, interrupted);
  }
  throw interrupted.reason;
}

/** Of what can be had without reading all of it. */
function growthLine(recording: Recording): string {
  const { header, sizes } = recording;
  const last = recording.snapshotAt(EVERYTHING.to);
  const gaps = recording.gapsIn(EVERYTHING).length;
  return [
    last === undefined ? 'no snapshot yet' : isoTime(last.at),
    header.relay.nickname || header.relay.fingerprint || 'unnamed',
    `snapshot ${last?.number ?? 0}`,
    `gaps: ${gaps}`,
    formatSize(sizes.total),
  ].join('  ');
}

/**
 * What a recording holds, a line a fact, or several where the terminal is too narrow for one.
 * @param now where it matters how long ago the recording ends.
 */
export function factLines(recording: Recording, stream: Output, now?: number): string[] {
  const facts = factsOf(recording, now);
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, fact]) =>
    fitted(`${name.padEnd(width)}  ${visible(fact)}\n`, lineWidth(stream)),
  );
}

type Fact = readonly [name: string, fact: string];

function factsOf(recording: Recording, now: number | undefined): Fact[] {
  const { header, extent, counts } = recording;
  const { fingerprint, nickname, torVersion } = header.relay;
  const facts: Fact[] = [
    [
      'relay',
      `${nickname || 'unnamed'} ${fingerprint || '(no relay)'}, Tor ${torVersion || 'unknown'}`,
    ],
    ['source', `${header.source}, every ${formatDuration(header.intervalMs)}`],
    ['bytes', bytesOf(recording)],
  ];
  for (const [key, name] of Object.entries(OBSERVATIONS)) {
    const observed = header.observes[key as keyof Observes];
    facts.push([name, observed === true ? 'observed' : `not all observed: ${observed}`]);
  }
  const length = extent === undefined ? 0 : extent.to - extent.from;
  const ended = now === undefined ? undefined : endedLongAgo(recording, now);
  facts.push(
    [
      'window',
      extent === undefined
        ? 'empty'
        : `${isoTime(extent.from)} to ${isoTime(extent.to)} (${formatDuration(length)})`,
    ],
    ...(ended === undefined ? [] : [['', ended] as const]),
    ...beginningOf(recording),
    ['sessions', String(recording.sessions.length)],
    ['snapshots', String(counts.snapshots)],
    ['gaps', gapsOf(recording)],
    ['runs of Tor', String(counts.runs)],
    ['entries', `${counts.entries}, ${counts.openEntries} of them open`],
    ...caughtOf(recording).map(
      (caught, index): Fact => [index === 0 ? 'caught by polls' : '', caught],
    ),
    ['observations', String(counts.observations)],
    ['quarantined', `${counts.quarantined} lines`],
    ...recording
      .quarantined(SHOWN_LINES)
      .map(({ reason, line }): Fact => ['', `${reason}: ${line}`]),
    ...recording.infoTexts(FAILED_KEYS).map((keys): Fact => ['keys refused', keys]),
    ...unplacedOf(recording),
    ['size', sizeOf(recording)],
    ['state', recording.notice ?? 'complete'],
    ['chain head', recording.head ?? 'none'],
  );
  return facts;
}

/** What was before the window, as far as the recording knows. */
function beginningOf(recording: Recording): Fact[] {
  const gone = goneBefore(recording);
  return gone === undefined ? [] : [['before', gone]];
}

/** Of what Tor's MetricsPort counted; none where it was not read. */
function caughtOf(recording: Recording): string[] {
  return caughtByPolls(recording).map(({ kind, seen, created }) => {
    const of = `${kind}: ${seen} of ${count(created, 'connection')} that Tor counted`;
    return created === 0 ? of : `${of}, ${percent(Math.min(1, seen / created))}`;
  });
}

function bytesOf({ header }: Recording): string {
  const meaning =
    header.bytes === 'entry'
      ? 'READ and WRITE are what the circuit moved over the connection'
      : "READ and WRITE are the connection's totals";
  const round = roundOf(header);
  return round === 1
    ? `${meaning}, exact as the source gave them`
    : `${meaning}, rounded to ${round} where the address is withheld`;
}

/** Circuits of which no line says anything; none where all were placed. */
function unplacedOf(recording: Recording): Fact[] {
  const counts = recording.infoTexts(UNPLACED_CIRCUITS).map(Number);
  const most = counts.reduce((greatest, count) => Math.max(greatest, count || 0), 0);
  if (most === 0) return [];
  const why = 'nothing said on which connections they run, so that no line has them';
  return [['not placed', `up to ${most} circuits at once: ${why}`]];
}

function gapsOf(recording: Recording): string {
  const { gaps, gapMs } = recording.counts;
  return gaps === 0 ? '0' : `${gaps}, ${formatDuration(gapMs)} in all`;
}

/** All files of it together. */
function sizeOf({ sizes, counts }: Recording): string {
  const { total, log } = sizes;
  const inLog = log === 0 ? '' : `, ${formatSize(log)} of it in its log`;
  if (counts.observations === 0) return formatSize(total) + inLog;
  return `${formatSize(total)}${inLog}, ${(total / counts.observations).toFixed(2)} bytes an observation`;
}
