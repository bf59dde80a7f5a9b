/** What a controller gets that asks a served recording: the past, as if it were now. */
import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../../src/control/command.ts';
import { namesIn } from '../../../src/sources/native.ts';
import { converse } from '../../control/peers.ts';
import { gaps, MIDNIGHT, stillOpen } from '../../oracle/cases.ts';
import { listener, replayed } from './world.ts';

const at = (second: number) => MIDNIGHT + second * 1000;
const iso = (second: number) => new Date(at(second)).toISOString();

const RELAY = 'AB'.repeat(20);

const HEADER = JSON.stringify({
  transcript: 1,
  source: 'stock',
  interval_s: 10,
  relay: { fingerprint: 'F'.repeat(40), nickname: 'tape', tor_version: '0.4.9.11' },
  config: { ExitRelay: '0', ORPort: '9001\n9002', 'exit-policy/accepts': '0', constructor: 'x' },
});

/** What no GETINFO can name, or too many to list. */
const OF_THE_MOMENT = {
  'metrics/tor_relay_dos_total{type="conn_rejected"}': '3',
  'heartbeat/dos{type="circuits rejected"}': '4',
};

const INFO = {
  'info/uptime-process': '159',
  'info/descriptor-limit': '1024',
  'info/relay/read-total': '1000',
  'info/relay/write-total': '2000',
  'ns/authority': 'r moria1\ns Authority',
};

function snapshot(second: number, conn: readonly string[], more: object = {}): string {
  return JSON.stringify({ at: iso(second), conn: conn.join('\n'), ...more });
}

const CONN = ['7 0 0 0 0 0 IRt 10 20 5', '7 12 0 0 0 0 IRt 11 21 5', '8 12 0 0 0 0 ORT 1 2 3 X=1'];

const RICH = [
  HEADER,
  snapshot(0, CONN, { info: { ...INFO, ...OF_THE_MOMENT } }),
  snapshot(10, [`9 0 ${RELAY.toLowerCase()} 192.0.2.1 9001 5 oRT 1 2 0`], {
    info: { 'info/uptime-process': '169', 'info/relay/read-total': '1500' },
  }),
  snapshot(20, []),
];

describe('a served recording', () => {
  it('goes on as time passes, and stays at its end', async () => {
    const world = await replayed(stillOpen, { speed: 10 });
    const client = await world.client();
    const told = async () => {
      const values = await client.getInfo(['conntape/now', 'conn/all', 'current-time/utc']);
      return [...values.values()].map((value) => value.split(' ').at(-1));
    };
    expect(await told()).toEqual([iso(0), '5', '00:00:00']);
    world.pass(999);
    expect(await told()).toEqual([iso(9.99), '5', '00:00:09']);
    world.pass(1);
    expect(await told()).toEqual([iso(10), '15', '00:00:10']);
    world.pass(999_999);
    expect(await told()).toEqual([iso(20), '25', '00:00:20']);
    await client.close();
  });

  it('begins at any moment, and stands still where it is told to', async () => {
    const world = await replayed(stillOpen, { at: at(19), speed: 0 });
    const client = await world.client();
    world.pass(999_999);
    const values = await client.getInfo(['conntape/now', 'conn/all']);
    expect([...values.values()]).toEqual([iso(19), '1 0 0 0 0 0 IRt 10 20 15']);
    await client.close();
  });

  it('answers for any other moment, in the language of times', async () => {
    const world = await replayed(stillOpen, { at: at(10), speed: 0 });
    const client = await world.client();
    const uptimes = {
      '2026-11-23T00:00:00Z': '5',
      '00:00:19.999': '15',
      '00:00:20': '25',
      '+10s': '15',
      '-20s': '5',
      now: '15',
      today: '5',
      '2026-11-24': '25',
      '1795392009': '5',
    };
    for (const [time, uptime] of Object.entries(uptimes)) {
      const key = `conntape/at/${time}/conn/0/1`;
      expect([key, await client.tryGetInfo(key)]).toEqual([key, `1 0 0 0 0 0 IRt 10 20 ${uptime}`]);
    }
    const now = await client.getInfo(['conntape/at/+5s/conntape/now', 'conn/all']);
    expect([...now.values()]).toEqual([iso(5), '1 0 0 0 0 0 IRt 10 20 15']);
    await client.close();
  });

  it('knows no other moment before its first, none that is not a time, and eight at once', async () => {
    const world = await replayed(stillOpen);
    const ask = (keys: readonly string[]) =>
      converse(world.server.address, ['AUTHENTICATE', `GETINFO ${keys.join(' ')}`]);
    expect(await ask(['conntape/at/yesterday/conn/all'])).toEqual([
      '250 OK',
      '551 Nothing was recorded at or before 2026-11-22T00:00:00.000Z',
    ]);
    const others = Array.from({ length: 9 }, (_, second) => `conntape/at/+${second}s/uptime`);
    expect(await ask(others)).toEqual(['250 OK', '551 Too many times in one question (at most 8)']);
    for (const key of [
      ...['conntape/at/', 'conntape/at/now', 'conntape/at/now/', 'conntape/at//conn/all'],
      ...['conntape/at/never/conn/all', 'conntape/at/now/conntape/at/now/conn/all'],
      ...['conntape/at/now/conn/1/0', 'conntape/at/now/nothing', 'conntape/at'],
    ]) {
      expect(await ask([key])).toEqual(['250 OK', `552 Unrecognized key "${key}"`]);
    }
  });

  it('knows nothing of what no snapshot told, in a gap, and says why', async () => {
    const world = await replayed(gaps, { at: at(50) });
    const client = await world.client();
    const refusal = `551 Nothing was recorded from ${iso(52)} to ${iso(58)}: control port closed`;
    world.pass(2000);
    // Its edges are observed.
    expect(await client.tryGetInfo('conntape/gap')).toBe('');
    expect(await client.tryGetInfo('conn/0/7')).toBe('7 0 0 0 0 0 IRt 10 20 5');
    world.pass(1000);
    for (const key of ['conn/all', 'conn/0/7', 'conn/0/99', 'orconn-status']) {
      const lines = await converse(world.server.address, ['AUTHENTICATE', `GETINFO ${key}`]);
      expect([key, lines[1]]).toEqual([key, refusal]);
    }
    expect(await client.tryGetInfo('conn')).toBeUndefined();
    expect(await client.tryGetInfo('conntape/now')).toBe(iso(53));
    expect(JSON.parse((await client.tryGetInfo('conntape/gap'))!)).toEqual({
      from: iso(52),
      to: iso(58),
      reason: 'control port closed',
    });
    const other = await client.getInfo(['conntape/at/00:00:50/conn/0/7']);
    expect([...other.values()]).toEqual(['7 0 0 0 0 0 IRt 10 20 5']);
    world.pass(7000);
    expect(await client.tryGetInfo('conn/0/3')).toBe('3 0 0 0 0 0 IRt 10 20 7');
    // One that a long step implies.
    await expect(client.getInfo(['conntape/at/00:00:20/conn/all'])).rejects.toThrow('551');
    await client.close();
  });

  it('has the keys of Tor that the recording can answer, as Tor writes them', async () => {
    const world = await replayed(RICH);
    const client = await world.client();
    expect(await client.getInfo(['version', 'fingerprint', 'uptime'])).toEqual(
      new Map([
        ['version', '0.4.9.11'],
        ['fingerprint', 'F'.repeat(40)],
        ['uptime', '159'],
      ]),
    );
    const keys = ['traffic/read', 'traffic/written', 'process/descriptor-limit', 'orconn-status'];
    expect([...(await client.getInfo(keys)).values()]).toEqual([
      ...['1000', '2000', '1024'],
      `$${'0'.repeat(40)} CONNECTED\n$${'0'.repeat(40)} CONNECTED`,
    ]);
    world.pass(10_000);
    expect([...(await client.getInfo(keys)).values()]).toEqual([
      ...['1500', '2000', '1024'],
      `$${RELAY} LAUNCHED`,
    ]);
    expect(await client.tryGetInfo('uptime')).toBe('169');
    world.pass(10_000);
    expect(await client.tryGetInfo('orconn-status')).toBe('');
    await client.close();
  });

  it('lists every key that answers, and answers every key that it lists', async () => {
    const world = await replayed(RICH);
    const client = await world.client();
    const names = namesIn((await client.tryGetInfo('info/names'))!);
    expect(names).toEqual(
      new Set([
        ...['conn/all', 'conn/*', 'conntape/header', 'conntape/moment', 'info/names', 'version'],
        ...['conntape/at/*', 'conntape/gap', 'conntape/now', 'current-time/utc', 'fingerprint'],
        ...['config/names', 'events/names', 'features/names', 'signal/names', 'orconn-status'],
        ...['uptime', 'traffic/read', 'traffic/written', 'process/descriptor-limit'],
        ...Object.keys(INFO),
      ]),
    );
    const instances = new Map([
      ['conn/*', 'conn/12/8'],
      ['conntape/at/*', 'conntape/at/now/conn/all'],
    ]);
    for (const name of names) {
      const key = instances.get(name) ?? name;
      expect([key, typeof (await client.tryGetInfo(key))]).toEqual([key, 'string']);
    }
    await client.close();
  });

  it('invents nothing that was not recorded', async () => {
    const world = await replayed(stillOpen);
    const client = await world.client();
    const names = namesIn((await client.tryGetInfo('info/names'))!);
    for (const key of [
      ...['process/pid', 'config-file', 'config-text', 'circuit-status', 'ns/all', 'address'],
      ...['traffic/read', 'uptime', 'fingerprint', 'version', 'net/listeners/or'],
      ...['constructor', '__proto__', 'toString', 'conntape/', 'conntape'],
    ]) {
      expect([key, names.has(key), await client.tryGetInfo(key)]).toEqual([key, false, undefined]);
    }
    expect(await client.tryGetInfo('config/names')).toBe('');
    await client.close();
  });

  it.each([
    ...['conn/0/8', 'conn/7/12', 'conn/-1/7', 'conn/0/-7', 'conn/00/7', 'conn/0/07', 'conn/+0/7'],
    ...['conn/0/9007199254740993', `conn/0/${'9'.repeat(400)}`, 'conn/0/7e0', 'conn/0/0x7'],
    ...['conn/', 'conn', 'conn//', 'conn/0/', 'conn/0/7/', 'conn/0/7/0', 'conn/*', 'CONN/ALL'],
  ])('does not know %j', async (key) => {
    const { server } = await replayed(RICH);
    expect(await converse(server.address, ['AUTHENTICATE', `GETINFO conn/0/7 ${key}`])).toEqual([
      '250 OK',
      `552 Unrecognized key "${key}"`,
    ]);
  });

  it('takes an identity with a space in it for two keys, and forgets one that closed', async () => {
    const world = await replayed(RICH);
    const client = await world.client();
    await expect(client.command('GETINFO conn/0/ 7')).rejects.toThrow(
      'Unrecognized key "conn/0/"; Unrecognized key "7"',
    );
    expect(await client.tryGetInfo('conn/0/7')).toBe(CONN[0]);
    world.pass(10_000);
    expect(await client.tryGetInfo('conn/0/7')).toBeUndefined();
    await client.close();
  });

  it('tells the options that the recording holds, and no others', async () => {
    const { server } = await replayed(RICH);
    const ask = async (command: string) =>
      (await converse(server.address, ['AUTHENTICATE', command])).slice(1);
    expect(await ask('GETCONF')).toEqual(['250 OK']);
    expect(await ask('GETCONF exitrelay NICKNAME orport')).toEqual([
      ...['250-ExitRelay=0', '250-Nickname=tape', '250-ORPort=9001', '250 ORPort=9002'],
    ]);
    for (const option of ['__OwningControllerProcess', 'exit-policy/accepts', 'toString']) {
      expect(await ask(`GETCONF ${option} Nickname`)).toEqual([
        `552 Unrecognized configuration key "${option}"`,
      ]);
    }
    expect(await ask('GETINFO config/names')).toEqual([
      ...['250+config/names=', 'ExitRelay Boolean+Auto', 'ORPort Dependent', 'Nickname String'],
      ...['.', '250 OK'],
    ]);
  });

  it('cannot be changed', async () => {
    const { server } = await replayed(RICH);
    const commands = [
      'SIGNAL NEWNYM',
      'setconf ORPort=1',
      '+LOADCONF',
      'TAKEOWNERSHIP',
      'ADD_ONION',
    ];
    for (const command of commands) {
      const lines = await converse(server.address, ['AUTHENTICATE', command, '.', 'QUIT']);
      const { keyword } = parseCommand(command.replace('+', ''));
      expect(lines[1]).toBe(
        `510 Command "${keyword.toUpperCase()}" is not allowed here: this is a recording`,
      );
    }
    expect(await converse(server.address, ['AUTHENTICATE', 'NONSENSE 1', '+GETCONF', '.'])).toEqual(
      [...['250 OK', '510 Unrecognized command "NONSENSE"', '510 Unrecognized command "+GETCONF"']],
    );
  });

  it('has the features and the events that it says, and no others', async () => {
    const { server } = await replayed(RICH);
    const lines = await converse(server.address, [
      ...['AUTHENTICATE', 'USEFEATURE', 'USEFEATURE verbose_names EXTENDED_EVENTS'],
      ...['USEFEATURE X Y', 'SETEVENTS BW orconn SIGNAL', 'SETEVENTS BW NONSENSE'],
      ...['GETINFO features/names', 'GETINFO events/names'],
    ]);
    expect(lines.slice(0, -2)).toEqual([
      ...['250 OK', '250 OK', '250 OK', '552 Unrecognized feature "X"'],
      ...['250 OK', '552 Unrecognized event "NONSENSE"'],
      ...['250-features/names=VERBOSE_NAMES EXTENDED_EVENTS', '250 OK'],
    ]);
    const names = lines.at(-2)!.replace('250-events/names=', '').split(' ');
    expect(names).toEqual(expect.arrayContaining(['BW', 'ORCONN', 'CIRC', 'CONF_CHANGED']));
    const all = await converse(server.address, ['AUTHENTICATE', `SETEVENTS ${names.join(' ')}`]);
    expect(all).toEqual(['250 OK', '250 OK']);
  });

  it('tells events to those alone who ask for them, until they leave', async () => {
    const world = await replayed(stillOpen);
    const both = await listener(world);
    const orconn = await listener(world, ['ORCONN']);
    world.pass(1000);
    expect(await both.heard()).toEqual(['BW 0 0']);
    expect(await orconn.heard()).toEqual([]);
    await both.client.close();
    world.pass(1000);
    expect(await orconn.heard()).toEqual([]);
    await orconn.client.close();
  });
});

const CLIENT = '203.0.113.5';

describe('the address of a client', () => {
  it('is nowhere in what is served', async () => {
    const told = { conn_id: 9, reason: CLIENT, note: CLIENT, type_flags: 'IRt', or_id: CLIENT };
    const world = await replayed([
      JSON.stringify({ transcript: 1, interval_s: 10 }),
      snapshot(0, []),
      JSON.stringify({ gap: { from: iso(1), to: iso(2), reason: `${CLIENT}:4005 left` } }),
      snapshot(10, [`1 0 0 ${CLIENT} 40005 443 IRt 1 2 3 FROM=${CLIENT}`], {
        info: { 'info/last-client': CLIENT },
        events: [
          { at: iso(5), what: 'opened', ...told },
          { at: iso(6), what: 'closed', ...told },
        ],
      }),
      snapshot(20, []),
    ]);
    const { client, heard } = await listener(world);
    world.pass(1500);
    const refusal = await client.getInfo(['conn/all']).catch(String);
    world.pass(8500);
    const names = namesIn((await client.tryGetInfo('info/names'))!);
    const keys = [...names, 'conn/0/1', 'conntape/at/+2s/conntape/gap', 'conntape/gap'];
    const values = await Promise.all(keys.map((key) => client.tryGetInfo(key)));
    await client.tryGetInfo('conntape/moment');
    const moment = await client.tryGetInfo('conntape/moment');
    world.pass(10_000);
    const events = await heard();
    expect(moment).toContain('info/last-client');
    expect(events).toContainEqual(expect.stringContaining('CLOSED ID=1'));
    expect(JSON.stringify([refusal, values, moment, events])).not.toContain(CLIENT);
    await client.close();
  });

  it('has its bytes rounded, where the recording has not', async () => {
    const relay = `9 0 ${RELAY} 192.0.2.1 9001 1 ORT 700 1537 5`;
    const world = await replayed([HEADER, snapshot(0, ['7 0 0 0 0 0 IRt 700 1537 5', relay])], {
      round: 1024,
    });
    const client = await world.client();
    const conn = `7 0 0 0 0 0 IRt 1024 2048 5\n${relay}`;
    for (const keys of [['conn/all'], ['conn/all', 'conntape/moment']]) {
      expect((await client.getInfo(keys)).get('conn/all')).toBe(conn);
    }
    expect(await client.tryGetInfo('conntape/at/now/conn/all')).toBe(conn);
    await client.close();
  });
});
