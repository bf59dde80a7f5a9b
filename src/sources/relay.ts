/**
 * Who the Tor behind a control port is, and how it is configured.
 * Owns the keys that say it, for every source that polls.
 */
import type { ControlClient } from '../control/client.ts';
import { ReplyError } from '../control/reply.ts';
import type { Relay } from '../listing/snapshot.ts';

/** The torrc options that reports and rules need. */
const CONFIG_KEYS = ['ExitRelay', 'ExitPolicyRejectPrivate', 'ORPort'] as const;

/**
 * Whether a relay whose ExitRelay is `auto` is an exit, its policy says. It follows its options some
 * seconds later, and Tor obeys it and not them.
 */
const POLICY = 'exit-policy/full';

/** Where a header's `config` says whether that policy accepts anything: `1` or `0`. */
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
 */
export async function readConfig(client: ControlClient): Promise<Record<string, string>> {
  const [policy, ...values] = await Promise.all([
    valueOr(undefined, client.getInfo([POLICY]), POLICY),
    ...CONFIG_KEYS.map((key) => valueOr(undefined, client.getConf([key]), key)),
  ]);
  const config: Record<string, string> = {};
  for (const [index, key] of CONFIG_KEYS.entries()) {
    const value = values[index];
    if (value !== undefined) config[key] = value;
  }
  if (policy !== undefined) config[ACCEPTS] = /\baccept/.test(policy) ? '1' : '0';
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
