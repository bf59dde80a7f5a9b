/**
 * Which lines a command is about: `--connection`, `--circuit`, `--relay`, `--address`, `--port`,
 * `--flags`.
 * Owns the options and how a relay's name is read; what a line is to match is listing/selection.ts's.
 */
import { isIP, SocketAddress } from 'node:net';
import type { Command } from 'commander';
import { ConntapeError } from '../error.ts';
import { fingerprintOfIdentity } from '../listing/fingerprint.ts';
import { areFlags } from '../listing/flags.ts';
import { portNumber } from '../listing/port.ts';
import type { Selection } from '../listing/selection.ts';
import type { Recording } from '../recording/reader.ts';
import { quoted } from './quoted.ts';

export type SelectionOptions = Selection;

export function addSelectionOptions(command: Command): Command {
  return command
    .option('--connection <id>', 'only the connection with this CONN_ID', parseId)
    .option('--circuit <id>', 'only the circuit with this CIRC_ID', parseId)
    .option(
      '--relay <relay>',
      'only connections of this relay: its fingerprint, or an authority’s name',
    )
    .option('--address <ip>', 'only connections with this address, where it is kept', parseAddress)
    .option('--port <n>', 'only connections to this port, where it is kept', parsePort)
    .option(
      '--flags <letters>',
      'only lines whose TYPE_FLAGS has all of these letters',
      parseFlags,
    );
}

/**
 * What the options select; nothing where none is given. Throws `usage` for a relay that the recording
 * does not name.
 */
export function selectionOf(options: SelectionOptions, recording: Recording): Selection {
  const { connection, circuit, relay, address, port, flags } = options;
  return {
    ...(connection === undefined ? {} : { connection }),
    ...(circuit === undefined ? {} : { circuit }),
    ...(relay === undefined ? {} : { relay: fingerprintOf(relay, recording) }),
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
    ...(flags === undefined ? {} : { flags }),
  };
}

const FINGERPRINT = /^\$?([0-9A-Fa-f]{40})$/;

function fingerprintOf(relay: string, recording: Recording): string {
  const [, digits] = FINGERPRINT.exec(relay) ?? [];
  if (digits !== undefined) return digits.toUpperCase();
  const found = authoritiesIn(recording).get(relay);
  if (found !== undefined) return found;
  throw fault(
    '--relay',
    relay,
    'it is not a fingerprint, and the recording names no relay so',
    'give its 40 hex digits: lines have them as OR_ID, and names of authorities alone are recorded',
  );
}

/** Fingerprints by nickname: `r NICKNAME IDENTITY …` (dir-spec, router status). */
function authoritiesIn(recording: Recording): Map<string, string> {
  const named = new Map<string, string>();
  for (const { value } of recording.index.infoChanges('ns/authority')) {
    for (const [, name, identity] of value.matchAll(/^r (\S+) (\S{27}) /gm)) {
      named.set(name!, fingerprintOfIdentity(identity!));
    }
  }
  return named;
}

function parseId(text: string): number {
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw fault(
    'an id',
    text,
    'it is not an unsigned integer below 2^53',
    'CONN_ID and CIRC_ID stand first in the lines of conn/all',
  );
}

function parseAddress(text: string): string {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  const version = isIP(bare);
  if (version === 0) {
    throw fault('--address', text, 'it is not an address', 'such as 203.0.113.7 or 2001:db8::7');
  }
  return new SocketAddress({ address: bare, family: version === 4 ? 'ipv4' : 'ipv6' }).address;
}

function parsePort(text: string): number {
  const port = portNumber(text);
  if (port !== undefined) return port;
  throw fault('--port', text, 'it is not a port', 'a number from 1 to 65535');
}

function parseFlags(text: string): string {
  if (areFlags(text)) return text;
  throw fault('--flags', text, 'it is not letters', 'such as IR: inbound, relaying');
}

function fault(option: string, text: string, cause: string, hint: string): ConntapeError {
  return new ConntapeError('usage', {
    operation: `reading ${option}`,
    object: quoted(text),
    cause,
    hint,
  });
}
