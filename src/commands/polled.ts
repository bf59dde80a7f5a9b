/**
 * How a live Tor is polled: `--source`, `--interval`, `--round`, `--dump`.
 * Owns the options; what they do is sources/'s and the commands'.
 */
import { type Command, Option } from 'commander';
import { ConntapeError } from '../error.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { SOURCES, type SourceName } from './opener.ts';
import { DEFAULT_ROUND, parseRound } from './rounding.ts';

export interface PolledOptions {
  readonly source: SourceName;
  /** Milliseconds. */
  readonly interval: number;
  readonly round: number;
  /** Milliseconds. */
  readonly dump: number | 'off';
}

const DEFAULT_INTERVAL = '10s';

/** A poll costs Tor and the machine something; more than ten a second tell nothing more. */
const LEAST_INTERVAL_MS = 100;

export function addPolledOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--source <source>',
        'native asks for conn/all; stock derives it from events and sockets; auto looks which Tor has',
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
      'ask a stock Tor for SIGNAL DUMP at the start and then so often: tells ages, writes to its log; or off',
      parseDump,
      'off',
    );
}

function parseInterval(text: string): number {
  const interval = parseDuration(text);
  if (interval < LEAST_INTERVAL_MS) {
    throw new ConntapeError('usage', {
      operation: 'reading --interval',
      cause: `${formatDuration(interval)} is too short`,
      hint: `it is at least ${LEAST_INTERVAL_MS}ms`,
    });
  }
  return interval;
}

function parseDump(text: string): number | 'off' {
  return text === 'off' ? 'off' : parseDuration(text);
}
