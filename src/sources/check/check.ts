/**
 * What a Tor, the user that asks and the machine that it runs on let be observed.
 * Owns the order of what is looked at and the verdict; it asks and reads alone, and changes nothing.
 * What Tor grants is granted.ts's, what the machine does readable.ts's.
 */
import { formatAddress } from '../../control/address.ts';
import { ControlClient } from '../../control/client.ts';
import { ConntapeError } from '../../error.ts';
import { CONN_ALL, namesIn, SERVED_HEADER } from '../native.ts';
import { readRelay } from '../relay.ts';
import type { Check, CheckOptions } from './answer.ts';
import { checkGranted } from './granted.ts';
import { checkReadable } from './readable.ts';

export interface Checked {
  readonly checks: readonly Check[];
  /** What could be recorded with; undefined where nothing could. */
  readonly source: 'native' | 'stock' | undefined;
}

/**
 * A control port that lets Tor's group in. Debian's Tor has one, and a `ControlSocket` in its torrc
 * would break it: Tor refuses the folder as too open without the flag of Debian's own line.
 */
const DOOR: readonly string[] = [
  'start Tor, or name its control port with --control: Debian’s is unix:/run/tor/control',
  'torrc: ControlPort 127.0.0.1:9051',
  'torrc: CookieAuthentication 1',
  'torrc: CookieAuthFileGroupReadable 1',
  'run as a user in Tor’s group: adduser YOU debian-tor',
];

/**
 * Connects, asks and reads. Rejects where the connection breaks while it is asked, and where the
 * signal aborts.
 */
export async function checkTor(options: CheckOptions): Promise<Checked> {
  const { connect } = options;
  let client: ControlClient;
  try {
    client = await ControlClient.connect(connect);
  } catch (thrown) {
    if (!(thrown instanceof ConntapeError) || connect.signal?.aborted) throw thrown;
    const { object = '', cause, hint } = thrown.parts;
    const where = object === '' ? formatAddress(connect.address) : object;
    const hints = hint === undefined ? [] : [hint];
    const steps = thrown.kind === 'connect' ? DOOR : hints;
    const check: Check = { what: 'control port', answer: 'no', says: `${where}: ${cause}`, steps };
    return { checks: [check], source: undefined };
  }
  try {
    return await checkOver(client, options);
  } finally {
    await client.close();
  }
}

async function checkOver(client: ControlClient, options: CheckOptions): Promise<Checked> {
  const { connect, source } = options;
  const names = namesIn((await client.tryGetInfo('info/names')) ?? '');
  const isNative = names.has(CONN_ALL) && source !== 'stock';
  const relay = await readRelay(client);
  const checks: Check[] = [
    {
      what: 'control port',
      answer: 'yes',
      says: `Tor ${relay.torVersion} at ${formatAddress(connect.address)} lets this user in`,
      steps: [],
    },
    relay.fingerprint === ''
      ? {
          what: 'relay',
          answer: 'partly',
          says: 'this Tor is no relay: its own connections and circuits are all there is',
          steps: [],
        }
      : { what: 'relay', answer: 'yes', says: `${relay.nickname} ${relay.fingerprint}`, steps: [] },
    isNative
      ? {
          what: CONN_ALL,
          answer: 'yes',
          says: 'every connection and circuit, its bytes and its age, as Tor knows them',
          steps: [],
        }
      : {
          what: CONN_ALL,
          answer: 'no',
          says: 'a stock Tor does not have it; its events and its sockets stand in for it',
          steps: [],
        },
    ...(await checkGranted(client, isNative, options.metrics)),
  ];
  if (names.has(SERVED_HEADER)) {
    return { checks: [...checks, SERVED], source: isNative ? 'native' : undefined };
  }
  const readable = await checkReadable(client, isNative, options);
  const other = readable.servesStock && source !== 'native' ? 'stock' : undefined;
  return { checks: [...checks, ...readable.checks], source: isNative ? 'native' : other };
}

const SERVED: Check = {
  what: 'sockets',
  answer: 'no',
  says: 'what answers here is a recording, or another conntape',
  steps: ['record the relay itself, on its machine'],
};
