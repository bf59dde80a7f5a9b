/**
 * `conntape serve`: a control port that has `conn/all`, in front of a live Tor.
 * Owns its options and what the operator is told; the conversations are serving/live/'s.
 */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { clockOf } from '../cli/clock.ts';
import { addControlOptions, type ControlOptions, connectOptions } from '../cli/control.ts';
import { formatDuration } from '../cli/duration.ts';
import { type Io, tell } from '../cli/io.ts';
import {
  addListenOptions,
  type ListenOptions,
  MAX_REPLY_BYTES,
  portOf,
  type Served,
} from '../cli/listening.ts';
import { openerOf } from '../cli/opener.ts';
import { addPolledOptions, type PolledOptions } from '../cli/polled.ts';
import { connecting, sourceName, stoppedBefore } from '../cli/polledSource.ts';
import { isLoopback } from '../control/address.ts';
import type { ServerLimits } from '../control/server.ts';
import type { Header } from '../listing/snapshot.ts';
import { CHANGING } from '../serving/changing.ts';
import { LiveHost } from '../serving/live/live.ts';
import { LiveMoment, Presence } from '../serving/live/moment.ts';
import { openPolling } from '../sources/polling.ts';
import { addRecordingOptions, type RecordingOptions, serveRecording } from './serveRecording.ts';

interface Options extends ControlOptions, PolledOptions, ListenOptions {
  readonly allow: ReadonlySet<string>;
}

function isOfRecording(options: Options): options is Options & RecordingOptions {
  return 'recording' in options;
}

const LIMITS: Partial<ServerLimits> = {
  // As Tor: with its CR LF, a line is shorter than 1 MiB.
  maxCommandBytes: (1 << 20) - 3,
  maxReplyBytes: MAX_REPLY_BYTES,
};

export function addServeCommand(program: Command, io: Io): void {
  const command = program
    .command('serve')
    .summary('a control port with conn/all, in front of a Tor or over a recording')
    .description(
      'Serves a control port that answers as the Tor behind it does, and conn/all, conn/<circuit>/<connection>, info/* and ns/authority besides. What only reads passes through, events too; what would change Tor is refused. Over a recording (--recording) it answers for the past, as if it were live. Runs until stopped.',
    );
  addListenOptions(command);
  addControlOptions(command);
  addRecordingOptions(command);
  addPolledOptions(command)
    .addOption(
      new Option('--allow <command...>', 'let commands pass that change Tor, such as SIGNAL')
        .argParser(parseAllowed)
        .default(new Set<string>(), 'none'),
    )
    .addHelpText(
      'after',
      `
--control, --password-file, --cookie-file and CONNTAPE_CONTROL_PASSWORD are
for the Tor behind; --listen… and CONNTAPE_LISTEN_PASSWORD for the served port,
which has a cookie of its own unless a password is given. While Tor is away,
questions are answered with 551, and a controller that has events there is sent
away as Tor would.

Examples:
  $ conntape serve                                       in front of 127.0.0.1:9051, at port 9951
  $ nyx -i 127.0.0.1:9951                                look at it
  $ conntape record far.tape --control 127.0.0.1:9951    record what is served
  $ conntape serve --recording relay.tape --at 03:40     an incident, as if it were now
  $ conntape serve --listen unix:/run/conntape/control --interval 30s
  $ conntape serve --allow SIGNAL --allow SETCONF        a controller may reload and configure`,
    )
    .action((options: Options) =>
      isOfRecording(options) ? serveRecording(options, io) : serveLive(options, io),
    );
}

function parseAllowed(text: string, before: ReadonlySet<string>): ReadonlySet<string> {
  const name = text.toUpperCase();
  if (!CHANGING.has(name)) {
    throw new InvalidArgumentError(`It is not one of ${[...CHANGING].sort().join(', ')}.`);
  }
  return new Set([...before, name]);
}

async function serveLive(options: Options, io: Io): Promise<void> {
  // What is wrong with the command line is said before Tor is asked anything.
  const openPort = portOf(options, [], io);
  const end = new AbortController();
  const signal = AbortSignal.any([io.interrupted, end.signal]);
  const notice = (text: string) => tell(io, text, 'warning');
  const connect = connectOptions(options, io);
  const presence = new Presence();
  const open = presence.watching(openerOf({ ...options, connect, intervalMs: options.interval }));
  const polling = {
    intervalMs: options.interval,
    clock: clockOf(io),
    notice,
    random: Math.random,
    nearby: isLoopback(options.control),
  };
  const opening = openPolling(open, polling, signal);
  const source = await connecting(opening, options.control, io).catch(stoppedBefore('served', io));
  // What an operator stops while it connects did nothing wrong: it ends by the signal alone.
  if (source === undefined) throw io.interrupted.reason;
  const moment = new LiveMoment(presence, options.round);
  const following = moment.follow(source, signal);
  try {
    // Nobody is to find a Tor without connections, only because it was not polled yet.
    await Promise.race([moment.ready, following]);
    io.interrupted.throwIfAborted();
    const { allow: allowed } = options;
    const live = { moment, connect, allowed, notice };
    const service = new LiveHost({ ...live, maxReplyCharacters: MAX_REPLY_BYTES });
    const port = await openPort({ service, limits: LIMITS });
    tellPort(moment.header, port, options, io);
    await following.finally(() => port.close());
    io.interrupted.throwIfAborted();
  } finally {
    end.abort();
    await following.catch(() => {});
    await source.close();
  }
}

function tellPort(header: Header, { where }: Served, options: Options, io: Io): void {
  tell(io, `serving ${sourceName(header)} at ${where}`);
  tell(io, `conn/all is polled every ${formatDuration(options.interval)}`);
}
