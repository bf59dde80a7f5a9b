/**
 * Who the Tor behind a control port is, and how it is configured.
 * Owns the keys that say it, for every source that polls.
 */
import type { ControlClient } from '../control/client.ts';
import { ReplyError } from '../control/reply.ts';
import { EXIT_POLICY, keptPolicy } from '../listing/exitPolicy.ts';
import { OWN_ADDRESSES } from '../listing/ownAddresses.ts';
import type { Relay } from '../listing/snapshot.ts';

/** The torrc options that reports and rules need. */
const CONFIG_KEYS = ['ExitRelay', 'ExitPolicyRejectPrivate', 'ORPort'] as const;

/**
 * Where a header's `config` says whether the policy accepts anything, `1` or `0`: whether a relay
 * whose ExitRelay is `auto` is an exit. The policy follows its options some seconds later, and Tor
 * obeys it and not them.
 */
const ACCEPTS = 'exit-policy/accepts';

/** Fingerprint and nickname are empty for a Tor that is not a relay. Throws as the connection breaks. */
export async function readRelay(client: ControlClient): Promise<Relay> {
  return {
    fingerprint: await valueOr('', client.getInfo(['fingerprint']), 'fingerprint'),
    nickname: (await readNickname(client)) ?? '',
    torVersion: client.torVersion,
  };
}

/** Undefined where Tor refuses to say. Throws as the connection breaks. */
export function readNickname(client: ControlClient): Promise<string | undefined> {
  return valueOr(undefined, client.getConf(['Nickname']), 'Nickname');
}

/**
 * Options that Tor does not know, or a port that has no GETCONF, leave their key out. Throws as the
 * connection breaks.
 * @param relay whose configuration it is: of one that is no relay no address is asked for, which
 *   would be a user's.
 */
export async function readConfig(
  client: ControlClient,
  { fingerprint }: Relay,
): Promise<Record<string, string>> {
  const own = fingerprint === '' ? [] : OWN_ADDRESSES;
  const read = await Promise.all(
    [EXIT_POLICY, ...CONFIG_KEYS, ...own].map(async (key) => {
      const asked = key.includes('/') ? client.getInfo([key]) : client.getConf([key]);
      return [key, await valueOr(undefined, asked, key)] as const;
    }),
  );
  const config: Record<string, string> = {};
  for (const [key, value] of read) {
    if (value === undefined) continue;
    if (key === EXIT_POLICY) config[ACCEPTS] = /\baccept/.test(value) ? '1' : '0';
    config[key] = key === EXIT_POLICY ? keptPolicy(value) : value;
  }
  return config;
}

/** The value of a key, or `otherwise` where the reply is a refusal: a client has no fingerprint. */
async function valueOr<Otherwise>(
  otherwise: Otherwise,
  reply: Promise<Map<string, string>>,
  key: string,
): Promise<string | Otherwise> {
  try {
    return (await reply).get(key) ?? otherwise;
  } catch (thrown) {
    // A connection that broke says nothing about who was there.
    if (thrown instanceof ReplyError) return otherwise;
    throw thrown;
  }
}
