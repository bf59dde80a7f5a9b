import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControlClient } from '../../src/control/client.ts';
import { startTorNetwork, TOR_START_MS, type TorNetwork, torAvailable } from './network.ts';

describe.skipIf(!torAvailable())('a private Tor network', () => {
  let network: TorNetwork;

  beforeAll(async () => {
    network = await startTorNetwork();
  }, TOR_START_MS);

  afterAll(() => network?.stop());

  it('carries bytes from the exit to the client', async () => {
    const { exit } = network;
    const client = await ControlClient.connect({ address: exit.controlAddress });
    const written = async () =>
      Number((await client.getInfo(['traffic/written'])).get('traffic/written'));
    const before = await written();
    await network.fetchThroughClient(1_000_000);
    expect((await written()) - before).toBeGreaterThan(1_000_000);
    await client.close();
  });

  it('grants the events of a testing network, on both kinds of control port', async () => {
    for (const address of [network.relays[0]!.controlAddress, network.relays[0]!.controlSocket]) {
      const client = await ControlClient.connect({ address });
      await client.setEvents(['CONN_BW', 'CELL_STATS']);
      const conf = await client.getConf([
        'TestingEnableConnBwEvent',
        'TestingEnableCellStatsEvent',
      ]);
      expect([...conf.values()]).toEqual(['1', '1']);
      await client.close();
    }
  });

  it('goes on after a relay was restarted', async () => {
    const relay = network.relays[1]!;
    const before = relay.pid;
    await relay.restart();
    expect(relay.pid).not.toBe(before);
    expect(isRunning(before)).toBe(false);
    const client = await ControlClient.connect({ address: relay.controlAddress });
    expect((await client.getInfo(['process/pid'])).get('process/pid')).toBe(String(relay.pid));
    await client.close();
    await network.fetchThroughClient(1000);
  });

  it('leaves nothing behind', async () => {
    const pids = network.nodes.map((node) => node.pid);
    expect(pids.every(isRunning)).toBe(true);
    const folder = dirname(network.client.dataDir);
    await network.stop();
    expect(pids.some(isRunning)).toBe(false);
    await expect(readdir(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
