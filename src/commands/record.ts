/**
 * `conntape record`: a recording of a live Tor.
 * Owns its options and what the operator is told; the pace is sources/polling.ts's.
 */

import { type Command, Option } from 'commander';
import { clockOf } from '../cli/clock.ts';
import { addControlOptions, type ControlOptions, connectOptions } from '../cli/control.ts';
import { formatDuration, parseDuration } from '../cli/duration.ts';
import { EXIT } from '../cli/exit.ts';
import { freeBytesAt, RecordingGrowth } from '../cli/growth.ts';
import { HeadsFile } from '../cli/heads.ts';
import { type Io, tell } from '../cli/io.ts';
import { addKeptOptions, type KeptOptions, retentionOf } from '../cli/kept.ts';
import { openerOf } from '../cli/opener.ts';
import { type Cost, formatCost, OwnCost } from '../cli/ownCost.ts';
import { addPolledOptions, type PolledOptions, parseSignalling } from '../cli/polled.ts';
import { connecting, sourceName, stoppedBefore } from '../cli/polledSource.ts';
import { watchRecorder } from '../cli/recorderWatch.ts';
import { checkRelay } from '../cli/relayCheck.ts';
import { SecretsAgain } from '../cli/secretsAgain.ts';
import { checkStatusFile } from '../cli/seriesFile.ts';
import { serviceManager } from '../cli/serviceManager.ts';
import { spareNamesOfOthers, spareRecordings } from '../cli/sparing.ts';
import { PROGRAM } from '../cli/version.ts';
import { isLoopback } from '../control/address.ts';
import { scrubHeader } from '../listing/scrub.ts';
import type { Header, Observes, TapeItem } from '../listing/snapshot.ts';
import { checkRecordable } from '../recording/faults.ts';
import { sizesOf } from '../recording/files.ts';
import { type Recorded, record } from '../recording/recorder.ts';
import type { KeptItem } from '../recording/steadyWriter.ts';
import { WITNESS_TOOLS, type WitnessTool } from '../sockets/reader.ts';
import type { MetricsFrom } from '../sources/metrics/metered.ts';
import { parseMetricsUrl } from '../sources/metrics/place.ts';
import { openPolling } from '../sources/polling.ts';

interface Options extends ControlOptions, PolledOptions, KeptOptions {
  readonly witness: WitnessTool | 'auto' | 'off';
  readonly metrics: MetricsFrom;
  /** Milliseconds. */
  readonly heartbeat?: number | 'off';
  readonly for?: number;
  readonly heads?: string;
  readonly statusFile?: string;
  readonly check?: boolean;
}

export function addRecordCommand(program: Command, io: Io, end: (code: number) => void): void {
  const command = program
    .command('record')
    .summary('record a live Tor')
    .description(
      'Polls a control port and appends to a recording until stopped (Ctrl-C, SIGTERM) or for --for.\nAn existing recording of the same relay is continued.',
    )
    .usage('[options] <recording>')
    .argument('[recording]', 'the file to append to, made where it is not there');
  addKeptOptions(addPolledOptions(addControlOptions(command)))
    .addOption(
      new Option(
        '--witness <tool>',
        'what reads the system’s sockets beside each poll, to compare: auto takes the first that works',
      )
        .choices(['auto', ...WITNESS_TOOLS, 'off'])
        .default('auto'),
    )
    .addOption(
      new Option(
        '--metrics <url>',
        'Tor’s MetricsPort, read with each poll: a URL of this machine; auto finds it in Tor’s configuration; or off',
      )
        .argParser(parseMetrics)
        .default('auto'),
    )
    .option(
      '--heartbeat <duration>',
      'ask a stock Tor for SIGNAL HEARTBEAT at the start and then this often: gives what its defences did, writes some lines to its log; or off; without this, with each dump',
      parseSignalling('--heartbeat'),
    )
    .option('--for <duration>', 'stop after this time', parseDuration)
    .option(
      '--heads <file>',
      'add the time and the chain’s head to this file once an hour: kept elsewhere, they prove the recording later (verify --heads)',
    )
    .option(
      '--status-file <file>',
      'keep how it stands in this file, renewed with each poll: last snapshot, lag, gaps, size, its own CPU and memory, as JSON; more of it for Prometheus where the name ends in .prom (node_exporter reads no other)',
    )
    .option(
      '--check',
      'record nothing: say what this Tor, this user and this machine let conntape observe, and what is missing',
    )
    .addHelpText(
      'after',
      `
A password comes from the environment variable CONNTAPE_CONTROL_PASSWORD or
--password-file.

Examples:
  $ conntape record --check --control unix:/run/tor/control
  $ conntape record relay.tape
  $ conntape record relay.tape --control unix:/run/tor/control --interval 30s
  $ conntape record relay.tape --keep 30d --max-size 10GB
  $ conntape record incident.tape --interval 1s --for 10m`,
    )
    .action(async (path: string | undefined, options: Options) => {
      const { source, metrics } = options;
      const { monotonic } = io;
      const done =
        options.check === true
          ? checkRelay({ connect: connectOptions(options, io), source, metrics, monotonic }, io)
          : recordRelay(path ?? command.error(MISSING), options, io);
      if (!(await done)) end(EXIT.failure);
    });
}

/** As commander says it of an argument that no option does without. */
const MISSING = "error: missing required argument 'recording'";

function parseMetrics(text: string): MetricsFrom {
  return text === 'auto' || text === 'off' ? text : parseMetricsUrl(text);
}

/** Whether something was kept and nothing lost. */
async function recordRelay(path: string, options: Options, terminal: Io): Promise<boolean> {
  spareNamesOfOthers('recording into', path);
  checkRecordable(path);
  const { heads: headsPath, statusFile } = options;
  if (headsPath !== undefined) spareRecordings('keeping heads in', headsPath, [path]);
  if (statusFile !== undefined) {
    spareRecordings('keeping the status in', statusFile, [path]);
    checkStatusFile(statusFile);
  }
  let cost: OwnCost | undefined;
  const watch = watchRecorder(path, statusFile, () => cost?.latest, terminal);
  const { io } = watch;
  const notice = (text: string) => watch.notice(text, 'warning');
  const { env, monotonic } = io;
  const service = serviceManager({ env, monotonic, status: () => watch.line, notice });
  const secrets = new SecretsAgain(options, io);
  const open = openerOf({
    source: options.source,
    connect: secrets.connect,
    intervalMs: options.interval,
    dump: options.dump,
    socketDetails: options.socketDetails === true,
    heartbeat: options.heartbeat ?? options.dump,
    witness:
      options.witness === 'off'
        ? undefined
        : { tool: options.witness, monotonic: io.monotonic, notice },
    metrics: { from: options.metrics, intervalMs: options.interval, notice },
  });
  let endsAt: () => number | undefined = () => undefined;
  const polling = {
    intervalMs: options.interval,
    clock: service?.living(clockOf(io)) ?? clockOf(io),
    notice,
    random: Math.random,
    nearby: isLoopback(options.control),
    endsAt: () => endsAt(),
    hurry: () => secrets.hurry,
  };
  const limit = new TimeLimit(io);
  secrets.listen(limit.lifted);
  limit.signal.addEventListener('abort', () => service?.stopping(), { once: true });
  const opening = openPolling(open, polling, limit.signal);
  const source = await connecting(opening, options.control, io).catch(
    stoppedBefore('recorded', io),
  );
  // What an operator stops while it connects has kept nothing, and is not an error.
  if (source === undefined) return false;
  try {
    if (options.for !== undefined) limit.start(options.for);
    let known: Header | undefined;
    const retention = retentionOf(options);
    const heads = headsPath === undefined ? undefined : new HeadsFile(headsPath, notice);
    const growth = retention === undefined ? growthOf(path, watch.notice) : undefined;
    const recorder = {
      durable: true,
      writtenBy: PROGRAM,
      now: io.now,
      round: options.round,
      ...(retention === undefined ? {} : { retention }),
      notice,
      opened: (recordingEnd: () => number | undefined) => {
        endsAt = recordingEnd;
        service?.ready();
      },
      kept: (item: TapeItem, kept: KeptItem) => {
        watch.kept(item, kept);
        if (item.kind === 'snapshot') {
          growth?.kept(item.at);
          heads?.kept(item.at, kept.head);
          cost?.polled();
        }
        if (item.kind !== 'session') return;
        const header = scrubHeader(item.header);
        cost ??= costOf(header, options, notice, io);
        if (known === undefined) tellSource(header, path, options, watch.notice);
        else for (const change of changesIn(known, header)) watch.notice(`from now on ${change}`);
        known = header;
      },
    };
    const recorded = await record(source, path, recorder, limit.signal).finally(watch.end);
    tellRecorded(recorded, io);
    tellCost(cost?.latest, io);
    return recorded.snapshots > 0 && !recorded.hasLost;
  } finally {
    limit.lift();
    await source.close();
  }
}

function growthOf(path: string, notice: (text: string) => void): RecordingGrowth {
  return new RecordingGrowth({
    size: () => sizesOf(path).total,
    free: () => freeBytesAt(path),
    notice,
  });
}

/** A signal that aborts when the operator interrupts, or after a time. */
class TimeLimit {
  readonly #io: Io;
  readonly #lifted = new AbortController();
  readonly #reached = new AbortController();
  readonly signal: AbortSignal;

  constructor(io: Io) {
    this.#io = io;
    this.signal = AbortSignal.any([io.interrupted, this.#reached.signal]);
  }

  start(ms: number): void {
    const over = AbortSignal.any([this.#io.interrupted, this.#lifted.signal]);
    void this.#io.wait(ms, over).then(() => this.#reached.abort());
  }

  /** Aborts when all is over. */
  get lifted(): AbortSignal {
    return this.#lifted.signal;
  }

  /** Ends the wait, which would keep the process alive. */
  lift(): void {
    this.#lifted.abort();
  }
}

function tellRecorded({ snapshots, quarantined, head, paused }: Recorded, io: Io): void {
  if (snapshots === 0) {
    const why = paused ?? 'the recorder stopped before the first';
    tell(io, `no snapshot was kept: ${why}`, 'warning');
  }
  tell(io, `recorded ${snapshots} snapshots, chain head ${head}`);
  if (quarantined > 0) tell(io, `${quarantined} lines were not well formed: see conntape info`);
}

function tellCost(cost: Cost | undefined, io: Io): void {
  if (cost !== undefined) tell(io, `the last ${cost.polls} polls took ${formatCost(cost)}`);
}

function costOf(
  header: Header,
  options: Options,
  notice: (text: string) => void,
  io: Io,
): OwnCost | undefined {
  const { spent, monotonic } = io;
  if (spent === undefined) return undefined;
  const { interval: intervalMs, witness, dump, socketDetails } = options;
  // What a stock source reads with ss is its witness's, too.
  const isShared = header.source === 'stock' && (witness === 'auto' || witness === 'ss');
  const savings = [
    ...(witness === 'off' || isShared ? [] : ['--witness off']),
    ...(dump === 'off' ? [] : ['a longer --dump']),
    ...(socketDetails === true ? ['no --socket-details'] : []),
  ];
  return new OwnCost({ spent, monotonic, intervalMs, savings, notice });
}

function tellSource(
  header: Header,
  path: string,
  options: Options,
  notice: (text: string) => void,
): void {
  const every = formatDuration(options.interval);
  notice(`recording ${sourceName(header)} every ${every} into ${path}`);
  for (const blind of blindnessOf(header.observes)) notice(`not all observed: ${blind}`);
}

/** What a header says that the one before did not. */
function changesIn(before: Header, after: Header): string[] {
  const options = Object.keys({ ...before.config, ...after.config })
    .filter((key) => before.config[key] !== after.config[key])
    .map((key) => `${key} is ${after.config[key] ?? 'not known'}`);
  const { nickname, torVersion } = after.relay;
  const blind = blindnessOf(after.observes).filter(
    (reason) => !blindnessOf(before.observes).includes(reason),
  );
  return [
    ...options,
    ...(nickname === before.relay.nickname ? [] : [`the relay is called ${nickname}`]),
    ...(torVersion === before.relay.torVersion ? [] : [`it is Tor ${torVersion}`]),
    ...blind.map((reason) => `not all is observed: ${reason}`),
  ];
}

function blindnessOf(observes: Observes): string[] {
  return Object.values(observes).filter((observed): observed is string => observed !== true);
}
