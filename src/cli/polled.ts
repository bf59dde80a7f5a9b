/**
 * How a live Tor is polled: `--source`, `--interval`, `--round`, `--dump`,
 * `--socket-details`.
 * Owns the options; what they do is sources/'s and the commands'.
 */
import { type Command, Option } from 'commander';
import { parseDurationFrom } from './duration.ts';
import { SOURCES, type SourceName } from './opener.ts';
import { DEFAULT_ROUND, parseRound } from './rounding.ts';

export interface PolledOptions {
  readonly source: SourceName;
  /** Milliseconds. */
  readonly interval: number;
  readonly round: number;
  /** Milliseconds. */
  readonly dump: number | 'off';
  readonly socketDetails?: boolean;
}

const DEFAULT_INTERVAL = '10s';

/** A poll costs Tor and the machine something; more than ten a second show nothing more. */
const LEAST_INTERVAL_MS = 100;

/** A dump is some hundred lines in Tor's log, and more on a busy relay. */
const LEAST_SIGNAL_MS = 1000;

export function addPolledOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--source <source>',
        'native asks for conn/all; stock derives it from events and sockets; auto takes native where Tor has it',
      )
        .choices(SOURCES)
        .default('auto'),
    )
    .addOption(
      new Option('--interval <duration>', 'time between polls, at least 100ms')
        .argParser(parseInterval)
        .default(parseInterval(DEFAULT_INTERVAL), DEFAULT_INTERVAL),
    )
    .option(
      '--round <bytes>',
      'round the bytes of withheld connections to multiples of this; 1 keeps them exact',
      parseRound,
      DEFAULT_ROUND,
    )
    .option(
      '--dump <duration>',
      'ask a stock Tor for SIGNAL DUMP at the start and then this often: gives ages, writes to its log; or off',
      parseSignalling('--dump'),
      'off',
    )
    .option(
      '--socket-details',
      'of a stock Tor: how the connections fare whose address is kept: round-trip time, segments sent again or lost',
    );
}

function parseInterval(text: string): number {
  return parseDurationFrom(LEAST_INTERVAL_MS, '--interval', text);
}

/** A duration that a signal is sent at, or never. */
export function parseSignalling(option: string): (text: string) => number | 'off' {
  return (text) => (text === 'off' ? 'off' : parseDurationFrom(LEAST_SIGNAL_MS, option, text));
}
