/**
 * `conntape view`: a recording in a browser of this machine.
 * Owns its options and what the operator is told; what the browser is answered is page/server/'s.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { type Io, tell, tellMore } from '../cli/io.ts';
import { withRecording } from '../cli/opened.ts';
import { DEFAULTS } from '../cli/reporting.ts';
import { shellWord } from '../cli/shell.ts';
import { VERSION } from '../cli/version.ts';
import { addWindowOptions, resolveWindow, type WindowOptions } from '../cli/window.ts';
import { type Address, formatAddress, isLoopback, parseAddress } from '../control/address.ts';
import { listen } from '../control/listening.ts';
import { ConntapeError } from '../error.ts';
import { servedPage } from '../page/html.ts';
import type { Door } from '../page/server/admission.ts';
import { PageServer } from '../page/server/pageServer.ts';

interface Options extends WindowOptions {
  readonly listen: Address;
}

/** A free port: several views stand beside each other, and none is where another user may expect it. */
const DEFAULT_LISTEN = '127.0.0.1:0';

export function addViewCommand(program: Command, io: Io): void {
  const command = program
    .command('view')
    .summary('a recording as a page in a browser')
    .description(
      'Serves a recording, or a window of it, as a page for a browser of this machine, until stopped. The link is printed on standard error: who has it may see what the reports say. A recorder may go on writing.',
    )
    .argument('<recording>', 'a recording');
  addWindowOptions(command)
    .addOption(
      new Option(
        '--listen <address>',
        'where to serve, on this machine alone; port 0 is a free one',
      )
        .argParser(parseLocalAddress)
        .default(parseAddress(DEFAULT_LISTEN), DEFAULT_LISTEN),
    )
    .addHelpText(
      'after',
      `
From another machine, through SSH:
  $ conntape view relay.tape --listen 127.0.0.1:8951     on the relay
  $ ssh -N -L 8951:127.0.0.1:8951 relay.example          here; then open the link

Examples:
  $ conntape view relay.tape
  $ conntape view relay.tape --from -1d`,
    )
    .action((path: string, options: Options) => view(path, options, io));
}

/** Throws `usage` for what other machines could reach, and for what no browser opens. */
function parseLocalAddress(text: string): Address {
  const address = parseAddress(text);
  if (address.kind === 'unix') throw refused(address, 'no browser opens a socket of a path');
  if (!isLoopback(address)) throw refused(address, 'other machines could reach it');
  return address;
}

function refused(address: Address, cause: string): ConntapeError {
  return new ConntapeError('usage', {
    operation: 'listening on',
    object: formatAddress(address),
    cause,
    hint: 'listen on 127.0.0.1:PORT, and from elsewhere come through SSH: ssh -N -L PORT:127.0.0.1:PORT HOST',
  });
}

async function view(path: string, options: Options, io: Io): Promise<void> {
  const page = servedPage();
  const window = await withRecording(path, io, (recording) =>
    resolveWindow(recording, options, io),
  );
  // Asked for before anything is served.
  const { interrupted } = io;
  const server = await PageServer.open({
    ...{ path, window, page, version: VERSION, name: basename(path), shellPath: shellWord(path) },
    ...{ bucketMs: DEFAULTS.bucket, baselineMs: Number.POSITIVE_INFINITY },
    listen: (http) => listenLocally(http, options.listen),
    tell: (text) => tell(io, text, 'warning'),
  });
  try {
    tell(io, `view ${path} at ${server.link}`);
    tellMore(io, 'the link lets in whoever has it, until this ends (Ctrl-C)', 'info');
    server.prepare();
    if (!interrupted.aborted) await once(interrupted, 'abort');
  } finally {
    await server.close();
  }
  interrupted.throwIfAborted();
}

/** Where a name was listened on, it was this machine's in truth. */
async function listenLocally(server: Server, address: Address): Promise<Door> {
  const found = await listen(server, address);
  const bound = server.address();
  if (found.kind === 'unix' || bound === null || typeof bound === 'string')
    throw refused(address, 'it has no port');
  if (!isLoopback({ kind: 'tcp', host: bound.address, port: bound.port })) {
    throw refused(address, `it is ${bound.address}, which other machines could reach`);
  }
  return { host: found.host, port: bound.port };
}
