/** Which source stands behind a control port, and that one connection is enough to find out. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { openerOf } from '../../src/cli/opener.ts';
import type { ConnectOptions } from '../../src/control/client.ts';
import type { PolledConnection } from '../../src/sources/polledConnection.ts';
import { exampleService, FREE_PORT } from '../control/peers.ts';
import { TestPort } from '../control/testPort.ts';
import { connectedPair, StandIn } from '../sources/stock/standIn.ts';

async function opened(connect: ConnectOptions): Promise<PolledConnection> {
  const open = openerOf({ source: 'auto', connect, intervalMs: 1000, dump: 'off' });
  const connection = await open(new AbortController().signal);
  onTestFinished(() => connection.close());
  return connection;
}

describe('--source auto', () => {
  it('asks a Tor that has conn/all over the connection that it polls', async () => {
    const info = new Map([
      ['info/names', 'conn/all -- All.'],
      ['conn/all', '1 0 0 0 0 0 IRt 10 20 5'],
    ]);
    const getInfo = (keys: readonly string[]) => new Map(keys.map((key) => [key, info.get(key)]));
    const service = exampleService({ getInfo });
    const port = await TestPort.listen({ address: FREE_PORT, service, authentication: 'none' });
    onTestFinished(() => port.close());
    const connection = await opened({ address: port.address });
    expect(connection.header.source).toBe('native');
    expect(await connection.poll(1000)).toMatchObject([{ kind: 'snapshot' }]);
    expect(port.connections).toBe(1);
  });

  it('derives it from a Tor that has it not over that same one', async () => {
    const { orPort } = await connectedPair();
    const tor = await StandIn.start(orPort);
    const connection = await opened({ address: tor.address, password: 'secret' });
    expect(connection.header.source).toBe('stock');
    expect(tor.connections).toBe(1);
  });
});
