/**
 * A served port in front of something that speaks as a Tor, in the process of the test.
 * Owns how the two are put together; what Tor says is the test's.
 */
import { onTestFinished } from 'vitest';
import type { Address } from '../../../src/control/address.ts';
import { ControlServer, type ServeOptions } from '../../../src/control/server.ts';
import type { Session, Snapshot } from '../../../src/listing/snapshot.ts';
import { LiveHost, type LiveOptions } from '../../../src/serving/live/live.ts';
import { LiveMoment, Presence } from '../../../src/serving/live/moment.ts';
import { FREE_PORT } from '../../control/peers.ts';
import { HEADER, snapshotOf } from '../../recording/tapes.ts';

/** Two lines of one connection, and one of another with an address that may be known. */
export const LINES = [
  '7 0 0 0 0 0 IRt 10 20 5',
  '7 12 0 0 0 0 IRt 11 21 5',
  `8 12 ${'A'.repeat(40)} 192.0.2.1 9001 5000 ORT 1 2 3`,
];

export const INFO = new Map([
  ['info/uptime-process', '159'],
  ['info/relay/read-total', '1000'],
  ['ns/authority', 'r auth0 x\ns Authority'],
]);

export const T0 = Date.parse('2026-11-23T00:00:00Z');

export function firstSnapshot(more: Partial<Snapshot> = {}): Snapshot {
  return snapshotOf(T0, LINES.join('\n'), { info: INFO, ...more });
}

/** What the source says of itself before that. */
export const BEGUN: Session = { kind: 'session', at: T0, header: HEADER };

export interface World {
  readonly presence: Presence;
  readonly moment: LiveMoment;
  readonly server: ControlServer;
  readonly notices: readonly string[];
}

/** A port in front of the Tor at an address, as if `firstSnapshot` had been polled. */
export async function liveBefore(
  tor: Address,
  options: Partial<LiveOptions> = {},
  serve: Partial<ServeOptions> = {},
): Promise<World> {
  const presence = new Presence();
  const moment = new LiveMoment(presence, 1);
  moment.show(firstSnapshot(), [BEGUN]);
  const notices: string[] = [];
  const service = new LiveHost({
    moment,
    connect: { address: tor },
    allowed: new Set(),
    maxReplyCharacters: 1 << 20,
    notice: (text) => notices.push(text),
    ...options,
  });
  const server = await ControlServer.listen({
    address: FREE_PORT,
    service,
    authentication: 'none',
    ...serve,
  });
  onTestFinished(() => server.close());
  return { presence, moment, server, notices };
}
