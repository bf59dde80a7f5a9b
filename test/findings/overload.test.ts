/** overload: rises of Tor's own counters, and when they are one incident. */
import { expect, it } from 'vitest';
import { findings } from '../../src/reports/findings.ts';
import { tableOf, withRecording } from '../recording/tapes.ts';
import { DROPPED, INTERVAL_S, type Planted, START, transcriptWith } from './planted.ts';

const OOM = 'metrics/tor_relay_load_oom_bytes_total{subsys="hsdir"}';
const PORTS = 'metrics/tor_relay_load_tcp_exhaustion_total';
const REJECTED = 'metrics/tor_relay_dos_total{type="conn_rejected"}';
const KILLED = 'metrics/tor_relay_dos_total{type="circuit_killed_max_cell"}';
const SOCKETS = 'metrics/tor_relay_load_socket_total{state="opened"}';

/** Subject, severity, value, the polls from which and until which it was seen, and what is said. */
async function told(...planted: Planted[]) {
  return await withRecording(transcriptWith(...planted), (recording) =>
    [...tableOf(findings, recording).rows]
      .filter(([rule, severity]) => rule === 'overload' && !/^not /.test(String(severity)))
      .map(([, severity, subject, from, to, value, , , says]) => [
        subject,
        severity,
        value,
        [from, to].map((time) => (Number(time) - START) / (INTERVAL_S * 1000)),
        `${says}`.split(' Harmless if: ')[0],
      ]),
  );
}

/** Values by key, as each stands from a poll on. */
function values(steps: Record<number, Record<string, string>>, more: Planted = {}): Planted {
  const info = (poll: number) =>
    Object.assign(
      { [OOM]: '0', [PORTS]: '0', [REJECTED]: '0', [KILLED]: '0', [DROPPED]: '0' },
      ...Object.entries(steps)
        .filter(([from]) => Number(from) <= poll)
        .map(([, told]) => told),
    );
  return { info, ...more };
}

it('names what rose, each kind by itself, worst first', async () => {
  const rises = { [OOM]: '4096', [PORTS]: '2', [REJECTED]: '5', [KILLED]: '1', [DROPPED]: '3' };
  expect(await told(values({ 3: rises, 4: { [REJECTED]: '7' } }))).toEqual([
    [
      'onionskins dropped',
      'warning',
      3,
      [3, 3],
      '3 requests to extend a circuit went unanswered for lack of time (type="ntor",action="dropped": 3).',
    ],
    [
      'out of memory',
      'warning',
      4096,
      [3, 3],
      'Tor freed 4096 bytes because it had too little memory (subsys="hsdir": 4096).',
    ],
    ['out of TCP ports', 'warning', 2, [3, 3], 'Tor found no free TCP port 2 times.'],
    [
      'DoS defence',
      'notice',
      8,
      [3, 4],
      'Tor\'s defence against floods acted 8 times (type="conn_rejected": 7; type="circuit_killed_max_cell": 1).',
    ],
  ]);
});

it('is one finding an incident: rises more than ten minutes apart are two', async () => {
  const steps = { 3: { [DROPPED]: '1' }, 63: { [DROPPED]: '2' }, 124: { [DROPPED]: '5' } };
  const found = await told(values(steps, { until: 130 }));
  expect(found.map(([, , value, seen]) => [value, seen])).toEqual([
    [2, [3, 63]],
    [3, [124, 124]],
  ]);
});

it('is seen across a gap, and after a restart from 0 on', async () => {
  const steps = { 5: { [DROPPED]: '9' }, 20: { [DROPPED]: '4' } };
  const found = await told(values(steps, { missed: [3, 4, 5, 6], restarts: [20] }));
  expect(found.map(([, , value, seen]) => [value, seen])).toEqual([[13, [7, 20]]]);
});

it('is no rise against what another recorder read', async () => {
  const read = (poll: number): Record<string, string> => ({
    'conntape/metrics-read': poll < 5 ? 'no' : 'yes',
  });
  const found = await told(values({ 0: { [DROPPED]: '1' }, 5: { [DROPPED]: '9' } }), {
    info: read,
  });
  expect(found).toEqual([]);
});

it('is known by a heartbeat where there is no MetricsPort', async () => {
  const heartbeat = (poll: number): Record<string, string> => ({
    'conntape/metrics-read': 'no',
    'heartbeat/dos{type="circuits rejected"}': poll < 8 ? '2' : '6',
    [REJECTED]: poll < 8 ? '0' : '9',
  });
  const found = await told({ info: heartbeat });
  expect(found).toEqual([
    [
      'DoS defence',
      'notice',
      4,
      [8, 8],
      'Tor\'s defence against floods acted 4 times (type="circuits rejected": 4).',
    ],
  ]);
  const both = await told({
    info: (poll) => ({ ...heartbeat(poll), 'conntape/metrics-read': 'yes' }),
  });
  expect(both.map(([, , value]) => value)).toEqual([9]);
});

it('says how many sockets were open at worst', async () => {
  const found = await told(
    values({ 3: { [SOCKETS]: '960' }, 4: { [SOCKETS]: '990' }, 5: { [SOCKETS]: '100' } }),
  );
  expect(found).toEqual([
    ['out of sockets', 'warning', 0.99, [3, 4], '990 of 1000 sockets were open.'],
  ]);
});
