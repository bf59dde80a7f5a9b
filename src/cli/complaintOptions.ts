/**
 * What a complaint is, as options: when, how far around, where to, where from; and how it is answered.
 * Owns the options; how addresses are written is complained.ts's, times are time.ts's.
 */
import { type Command, Option } from 'commander';
import { ConntapeError } from '../error.ts';
import type { Complaint } from '../reports/answer/complaint.ts';
import { parseDestination, parseSource } from './complained.ts';
import { formatDuration, parseDurationFrom } from './duration.ts';
import { parseTime, type TimeContext } from './time.ts';

export interface ComplaintOptions {
  readonly at: string;
  readonly within: string;
  readonly destination?: string;
  readonly source?: string;
  readonly format: 'text' | 'json';
}

/** What is looked at is played: a month of a busy relay is minutes, and no complaint is so vague. */
const MOST_WITHIN_MS = 31 * 86_400_000;

export function addComplaintOptions(command: Command): Command {
  return command
    .requiredOption('--at <time>', 'when it is said to have been')
    .option('--within <duration>', 'how far before and after that to look: clocks differ', '5m')
    .option(
      '--destination <address>',
      'where it is said to have gone: ADDRESS or ADDRESS:PORT, an IPv6 address in brackets',
    )
    .option('--source <address>', 'the address that it is said to have come from, the relay’s own')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'),
    );
}

/** Throws `usage` for a time, a duration or an address that cannot be read. */
export function complaintOf(options: ComplaintOptions, context: TimeContext): Complaint {
  const { at, within, destination, source } = options;
  const withinMs = parseDurationFrom(1, '--within', within);
  if (withinMs > MOST_WITHIN_MS) {
    throw new ConntapeError('usage', {
      operation: 'reading --within',
      cause: `${formatDuration(withinMs)} is too long`,
      hint: `it is at most ${formatDuration(MOST_WITHIN_MS)}`,
    });
  }
  return {
    at: parseTime(at, context),
    withinMs,
    ...(destination === undefined ? {} : { destination: parseDestination(destination) }),
    ...(source === undefined ? {} : { source: parseSource(source) }),
  };
}
