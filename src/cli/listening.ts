/**
 * Where a control port is served and who may open it: `--listen` and its like.
 * Owns the options, where the secrets come from, and that nobody listens to the world by mistake;
 * the port itself is control/server.ts's.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { type Address, formatAddress, isLoopback, parseAddress } from '../control/address.ts';
import { ControlServer, type ServeOptions } from '../control/server.ts';
import { ConntapeError } from '../error.ts';
import { readPassword } from './control.ts';
import type { Io } from './io.ts';
import { spareRecordings } from './sparing.ts';

export interface ListenOptions {
  readonly listen: Address;
  readonly listenCookieFile?: string;
  readonly listenPasswordFile?: string;
  readonly listenAnywhere?: true;
}

/** Neither Tor's own port (9051) nor the Tor Browser's (9151), which may be on the same machine. */
const DEFAULT_LISTEN = '127.0.0.1:9951';

/** Of one reply: several times `conn/all` of a busy relay, since keys are asked for together. */
export const MAX_REPLY_BYTES = 64 << 20;

const PASSWORD_VARIABLE = 'CONNTAPE_LISTEN_PASSWORD';

export function addListenOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--listen <address>', 'where to serve: HOST:PORT or unix:PATH')
        .argParser(parseAddress)
        .default(parseAddress(DEFAULT_LISTEN), DEFAULT_LISTEN),
    )
    .option(
      '--listen-cookie-file <file>',
      'the cookie file of the served port, made now and removed at the end',
    )
    .option(
      '--listen-password-file <file>',
      'a file with the password of the served port, in place of a cookie',
    )
    .option('--listen-anywhere', 'allow --listen beyond this machine; needs a password');
}

/** A served port, and all that goes with its end. */
export interface Served {
  readonly server: ControlServer;
  /** `127.0.0.1:9951, cookie /tmp/…`: for the operator. */
  readonly where: string;
  close(): Promise<void>;
}

/** Listens, and answers as `served` says. Rejects as `ControlServer.listen` does. */
export type OpenPort = (served: Pick<ServeOptions, 'service' | 'limits'>) => Promise<Served>;

/**
 * Reads the secrets and looks whether one may listen there; `OpenPort` then does: with the password
 * where one was given (or in `CONNTAPE_LISTEN_PASSWORD`), with a cookie where its file was named or
 * no password is given, in a new folder unless named.
 * Throws `usage` for an address beyond this machine without `--listen-anywhere` and a password, and
 * where the socket or the cookie would harm a recording, one of `recordings` or another;
 * `authenticate` where the password's file cannot be read.
 */
export function portOf(options: ListenOptions, recordings: readonly string[], io: Io): OpenPort {
  const { listen, listenCookieFile } = options;
  if (listen.kind === 'unix') spareRecordings('listening on', listen.path, recordings);
  if (listenCookieFile !== undefined) {
    spareRecordings('writing the cookie', listenCookieFile, recordings);
  }
  const password = passwordOf(options, io);
  if (!isLoopback(listen)) mayListenAnywhere(options, password);
  const secrets: Secrets = {
    ...(listenCookieFile === undefined ? {} : { cookieFile: listenCookieFile }),
    ...(password === undefined ? {} : { password }),
  };
  if (Object.keys(secrets).length > 0) {
    return async (served) => await servedAt(listen, secrets, served);
  }
  return async (served) => await servedWithNewCookie(listen, served);
}

/** The cookie stands in a folder of its own, which goes with the port. */
async function servedWithNewCookie(
  address: Address,
  served: Parameters<OpenPort>[0],
): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'conntape-'));
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  try {
    const cookieFile = join(folder, 'control_auth_cookie');
    const port = await servedAt(address, { cookieFile }, served);
    return { ...port, close: () => port.close().finally(removeFolder) };
  } catch (thrown) {
    await removeFolder();
    throw thrown;
  }
}

interface Secrets {
  readonly cookieFile?: string;
  readonly password?: string;
}

async function servedAt(
  address: Address,
  secrets: Secrets,
  served: Parameters<OpenPort>[0],
): Promise<Served> {
  const server = await ControlServer.listen({ ...served, address, authentication: secrets });
  const where = [
    formatAddress(server.address),
    ...(secrets.cookieFile === undefined ? [] : [`cookie ${secrets.cookieFile}`]),
    ...(secrets.password === undefined ? [] : ['with a password']),
  ].join(', ');
  return { server, where, close: () => server.close() };
}

function passwordOf({ listenPasswordFile }: ListenOptions, io: Io): string | undefined {
  const password =
    listenPasswordFile === undefined ? io.env[PASSWORD_VARIABLE] : readPassword(listenPasswordFile);
  if (password !== '') return password;
  throw new ConntapeError('usage', {
    operation: 'reading the password of the served port',
    cause: 'it is empty',
    hint: `put it in the first line of --listen-password-file or in ${PASSWORD_VARIABLE}`,
  });
}

function mayListenAnywhere(options: ListenOptions, password: string | undefined): void {
  const refused = (cause: string, hint: string) =>
    new ConntapeError('usage', {
      operation: 'listening on',
      object: formatAddress(options.listen),
      cause,
      hint,
    });
  if (options.listenAnywhere !== true) {
    throw refused(
      'other machines could reach it',
      'listen on 127.0.0.1 or unix:PATH, or give --listen-anywhere and a password',
    );
  }
  if (password === undefined) {
    throw refused(
      'it would have no password',
      `give --listen-password-file or set ${PASSWORD_VARIABLE}`,
    );
  }
}
