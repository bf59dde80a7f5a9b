/**
 * A configuration that changes while it is polled: a session from when it did.
 */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TapeItem } from '../../src/listing/snapshot.ts';
import { EVERYTHING, Recording } from '../../src/recording/reader.ts';
import { record } from '../../src/recording/recorder.ts';
import { openNative } from '../../src/sources/native.ts';
import type { PolledConnection } from '../../src/sources/polledConnection.ts';
import { openPolling } from '../../src/sources/polling.ts';
import { temporaryFolder, WRITER_OPTIONS } from '../recording/tapes.ts';
import { FakeTor } from './fakeTor.ts';
import { HandTime, START } from './handTime.ts';

interface World {
  readonly tor: FakeTor;
  readonly connection: PolledConnection;
  /** When events arrive, milliseconds. */
  now: number;
  /** Resolves when the source has heard what Tor said before. */
  heard(): Promise<void>;
  /** What a poll brings: of a session when, and what differs from the one before. */
  pollAt(at: number): Promise<unknown[]>;
}

async function world(prepare: (tor: FakeTor) => void = () => {}): Promise<World> {
  const tor = await FakeTor.start();
  tor.conf.set('ExitRelay', '0');
  prepare(tor);
  const made = { tor, now: 0 } as { -readonly [key in keyof World]: World[key] };
  const options = { address: tor.address, now: () => made.now };
  const connection = await openNative(options, 1000);
  onTestFinished(() => connection.close());
  let { config } = connection.header;
  made.connection = connection;
  made.heard = async () => {
    // Answered behind the events that came before, if only with a refusal.
    await connection.askPid().catch(() => undefined);
  };
  made.pollAt = async (at) =>
    (await connection.poll(at)).map((item) => {
      if (item.kind !== 'session') return [item.kind, item.kind === 'snapshot' && item.at];
      const before = config;
      config = item.header.config;
      const changed = Object.entries(config).filter(([key, value]) => before[key] !== value);
      return ['session', item.at, Object.fromEntries(changed)];
    });
  return made;
}

describe('a configuration', () => {
  it('that stays makes no session', async () => {
    const { tor, heard, pollAt } = await world();
    expect(await pollAt(1000)).toEqual([['snapshot', 1000]]);
    tor.setConf('BandwidthRate', '1000');
    tor.emit('SIGNAL', 'RELOAD');
    tor.emit('SIGNAL', 'NEWNYM');
    await heard();
    expect(await pollAt(2000)).toEqual([['snapshot', 2000]]);
  });

  it('holds from when Tor said that it changed', async () => {
    const made = await world();
    await made.pollAt(1000);
    made.now = 1400;
    made.tor.setConf('ExitRelay', '1');
    await made.heard();
    expect(await made.pollAt(2000)).toEqual([
      ['session', 1400, { ExitRelay: '1' }],
      ['snapshot', 2000],
    ]);
    expect(await made.pollAt(3000)).toEqual([['snapshot', 3000]]);
  });

  it('that another torrc set holds from the reload', async () => {
    const made = await world();
    await made.pollAt(1000);
    made.tor.conf.set('ExitPolicyRejectPrivate', '0').set('Nickname', 'r9');
    made.now = 1700;
    made.tor.emit('SIGNAL', 'RELOAD');
    await made.heard();
    expect(await made.connection.poll(2000)).toMatchObject([
      {
        ...{ kind: 'session', at: 1700 },
        header: { relay: { nickname: 'r9' }, config: { ExitPolicyRejectPrivate: '0' } },
      },
      { kind: 'snapshot' },
    ]);
  });

  it('that is changed back before the next poll was another meanwhile', async () => {
    const made = await world();
    await made.pollAt(1000);
    made.now = 1200;
    made.tor.setConf('ExitRelay', '1');
    await made.heard();
    made.now = 1300;
    made.tor.setConf('ExitRelay', '0');
    await made.heard();
    expect(await made.pollAt(2000)).toEqual([
      ['session', 1200, { ExitRelay: '1' }],
      ['session', 1300, { ExitRelay: '0' }],
      ['snapshot', 2000],
    ]);
  });

  it('that a port tells no events of holds from the poll that finds it', async () => {
    const { tor, pollAt } = await world(({ events }) => events.splice(0));
    await pollAt(1000);
    tor.setConf('ORPort', '9002');
    expect(await pollAt(2000)).toEqual([
      ['session', 2000, { ORPort: '9002' }],
      ['snapshot', 2000],
    ]);
  });

  it('has an exit policy that follows its options later', async () => {
    const made = await world(({ info }) => info.set('exit-policy/full', 'reject *:*'));
    await made.pollAt(1000);
    made.now = 1500;
    made.tor.setConf('ExitRelay', '1');
    await made.heard();
    expect(await made.pollAt(2000)).toEqual([
      ['session', 1500, { ExitRelay: '1' }],
      ['snapshot', 2000],
    ]);
    const policy = 'reject private:*\naccept *:80\nreject *:*';
    made.tor.info.set('exit-policy/full', policy);
    expect(await made.pollAt(3000)).toEqual([
      ['session', 3000, { 'exit-policy/full': policy, 'exit-policy/accepts': '1' }],
      ['snapshot', 3000],
    ]);
    const other = policy.replace('80', '443');
    made.tor.info.set('exit-policy/full', other);
    expect(await made.pollAt(4000)).toEqual([
      ['session', 4000, { 'exit-policy/full': other }],
      ['snapshot', 4000],
    ]);
  });

  it('has an exit policy that is too long, or none, as an empty text', async () => {
    const made = await world(({ info }) => info.set('exit-policy/full', 'reject *:*'));
    await made.pollAt(1000);
    made.tor.info.set('exit-policy/full', 'accept *:80\n'.repeat(10_000));
    expect(await made.pollAt(2000)).toEqual([
      ['session', 2000, { 'exit-policy/full': '', 'exit-policy/accepts': '1' }],
      ['snapshot', 2000],
    ]);
  });

  it('has addresses of a relay, and none of a Tor that is a user’s', async () => {
    const ask = async (fingerprint: string) => {
      const { connection } = await world(({ info, conf }) => {
        info.set('fingerprint', fingerprint).set('address/v4', '192.0.2.1');
        conf.set('OutboundBindAddressExit', '192.0.2.2');
      });
      const { config } = connection.header;
      return [config['address/v4'], config['OutboundBindAddressExit']];
    };
    expect(await ask('A'.repeat(40))).toEqual(['192.0.2.1', '192.0.2.2']);
    expect(await ask('')).toEqual([undefined, undefined]);
  });

  it('of which Tor refuses to tell is as it was', async () => {
    const { tor, pollAt } = await world(({ info }) => info.set('exit-policy/full', 'reject *:*'));
    await pollAt(1000);
    tor.info.delete('exit-policy/full');
    expect(await pollAt(2000)).toEqual([['snapshot', 2000]]);
    tor.info.set('exit-policy/full', 'reject *:*');
    expect(await pollAt(3000)).toEqual([['snapshot', 3000]]);
  });

  it('is told with the next poll where one fails', async () => {
    const made = await world();
    await made.pollAt(1000);
    const listing = made.tor.info.get('conn/all')!;
    made.now = 1400;
    made.tor.setConf('ExitRelay', '1');
    await made.heard();
    made.tor.info.delete('conn/all');
    await expect(made.pollAt(2000)).rejects.toThrow('Unrecognized key "conn/all"');
    made.tor.info.set('conn/all', listing);
    expect(await made.pollAt(3000)).toEqual([
      ['session', 1400, { ExitRelay: '1' }],
      ['snapshot', 3000],
    ]);
  });

  it.each([
    ['behind the polls’', 200, 1001],
    ['ahead of the polls’', 3_600_000, 2000],
  ])('has its place among the polls where the events’ clock is %s', async (_, now, at) => {
    const made = await world();
    await made.pollAt(1000);
    made.now = now;
    made.tor.setConf('ExitRelay', '1');
    await made.heard();
    expect(await made.pollAt(2000)).toEqual([
      ['session', at, { ExitRelay: '1' }],
      ['snapshot', 2000],
    ]);
  });

  it('stands in the recording where it changed, and after a restart where Tor is back', async () => {
    const tor = await FakeTor.start();
    tor.conf.set('ExitRelay', '0');
    const time = new HandTime();
    const over = new AbortController();
    time.onWait = async (count) => {
      if (count === 1) {
        time.elapsed += 300;
        const asked = tor.confAsked();
        tor.setConf('ExitRelay', '1');
        await asked;
      }
      if (count === 2) {
        await tor.stop();
        tor.conf.set('ExitRelay', '0');
        await tor.start();
      }
      if (count === 5) over.abort();
    };
    const path = join(temporaryFolder(), 'a.tape');
    const open = () => openNative({ address: tor.address, now: () => time.wall() }, 1000);
    const polling = { intervalMs: 1000, clock: time, notice: () => {}, random: () => 0 };
    const source = await openPolling(open, polling, over.signal);
    await record(source, path, { ...WRITER_OPTIONS, round: 1, notice: () => {} }, over.signal);
    await source.close();
    const recording = Recording.open(path);
    const kept = [...recording.items(EVERYTHING)].map(told);
    recording.close();
    expect(kept.slice(0, 6)).toEqual([
      'session 0: 0',
      'snapshot 0',
      'session 300: 1',
      'snapshot 1300',
      expect.stringMatching(/^gap 1300 /),
      expect.stringMatching(/^session \d+: 0$/),
    ]);
  });
});

function told(item: TapeItem): string {
  switch (item.kind) {
    case 'session':
      return `session ${item.at - START}: ${item.header.config['ExitRelay']}`;
    case 'gap':
      return `gap ${item.from - START} ${item.to - START}`;
    case 'snapshot':
      return `snapshot ${item.at - START}`;
  }
}
