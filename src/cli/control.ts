/**
 * How to reach a control port: `--control`, `--password-file`, `--cookie-file`.
 * Owns the options and where secrets come from; they are never taken from arguments.
 */
import { readFileSync, statSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type Address, parseAddress } from '../control/address.ts';
import type { ConnectOptions } from '../control/client.ts';
import { ConntapeError, messageOf } from '../error.ts';
import type { Io } from './io.ts';

export interface ControlOptions {
  readonly control: Address;
  readonly passwordFile?: string;
  readonly cookieFile?: string;
}

const DEFAULT_CONTROL = '127.0.0.1:9051';

const PASSWORD_VARIABLE = 'CONNTAPE_CONTROL_PASSWORD';

/** No password is longer; a larger file is another file. */
const MAX_PASSWORD_BYTES = 4096;

export function addControlOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--control <address>', 'the control port: HOST:PORT or unix:PATH')
        .argParser(parseAddress)
        .default(parseAddress(DEFAULT_CONTROL), DEFAULT_CONTROL),
    )
    .option('--password-file <file>', 'a file with the password of the control port')
    .option('--cookie-file <file>', 'the cookie file, where Tor names none or another path');
}

/** Throws `authenticate` where the password's file cannot be read. */
export function connectOptions(options: ControlOptions, io: Io): ConnectOptions {
  const password =
    options.passwordFile === undefined
      ? io.env[PASSWORD_VARIABLE]
      : readPassword(options.passwordFile);
  return {
    address: options.control,
    ...(password === undefined ? {} : { password }),
    ...(options.cookieFile === undefined ? {} : { cookieFile: options.cookieFile }),
    signal: io.interrupted,
  };
}

/** The first line of a file. Throws `authenticate` where it cannot be read. */
export function readPassword(path: string): string {
  const reading = { operation: 'reading the password from', object: path };
  try {
    if (statSync(path).size > MAX_PASSWORD_BYTES) {
      throw new ConntapeError('authenticate', {
        ...reading,
        cause: 'it is too large to be a password',
      });
    }
    return readFileSync(path, 'utf8').split(/\r?\n/)[0]!;
  } catch (thrown) {
    if (thrown instanceof ConntapeError) throw thrown;
    const parts = { ...reading, cause: messageOf(thrown) };
    throw new ConntapeError('authenticate', parts, { cause: thrown });
  }
}
