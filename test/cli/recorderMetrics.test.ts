/** A recorder's series for Prometheus: what counts, what is absent, and that no counter falls. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AUDIT_METRICS } from '../../src/cli/auditMetrics.ts';
import { RECORDER_METRICS } from '../../src/cli/recorderMetrics.ts';
import { StatusFile } from '../../src/cli/statusFile.ts';
import type { Header, LifeEvent, Session, Snapshot, TapeItem } from '../../src/listing/snapshot.ts';
import { BYTES_UNCOUNTED } from '../../src/listing/uncounted.ts';
import { HEADER, snapshotOf, temporaryFolder } from '../recording/tapes.ts';
import { complaintsOf, HAS_PROMETHEUS, Monitored } from './monitored.ts';

const AT = Date.parse('2026-11-23T00:00:00Z');
const RELAY = 'E'.repeat(40);

const session = (more: Partial<Header> = {}): Session => {
  return { kind: 'session', at: AT, header: { ...HEADER, ...more } };
};

/** So many seconds after the beginning. */
function listed(second: number, lines: readonly string[], more: Partial<Snapshot> = {}): Snapshot {
  return snapshotOf(AT + second * 1000, lines.join('\n'), more);
}

/** A connection, or a line of one. */
function line(conn: number, flags: string, uptime: number, bytes = 0, circ = 0): string {
  const orId = flags[2] === 't' ? '0' : RELAY;
  return `${conn} ${circ} ${orId} 0 0 0 ${flags} ${bytes} ${2 * bytes} ${uptime}`;
}

function event(second: number, connId: number, what: LifeEvent['what'], flags: string): LifeEvent {
  const extra = { or_id: '0', type_flags: flags };
  return { at: AT + second * 1000, connId, what, reason: '', extra };
}

const gap = (from: number, to: number): TapeItem => {
  const [begun, over] = [AT + from * 1000, AT + to * 1000];
  return { kind: 'gap', from: begun, to: over, reason: 'the control port closed', extra: {} };
};

const open = (direction: string, kind: string) =>
  `conntape_connections_open{direction="${direction}",kind="${kind}"}`;
const opened = (direction: string, kind: string) =>
  open(direction, kind).replace('open', 'opened_total');
const closed = (direction: string, kind: string) =>
  open(direction, kind).replace('open', 'closed_total');

/** What of `values` is not 0, those alone whose name begins so. */
function counted(values: ReadonlyMap<string, number>, prefix: string): Record<string, number> {
  return Object.fromEntries(
    [...values].filter(([name, value]) => name.startsWith(prefix) && value !== 0),
  );
}

describe('the series of a recorder', () => {
  it('count each connection once, by its direction and kind', () => {
    const { values } = new Monitored(AT).keep(
      session(),
      listed(0, [
        ...[line(1, 'IRn', 5, 0, 7), line(1, 'IRn', 5, 0, 8), line(2, 'IRt', 5), line(3, 'oRt', 5)],
        ...[line(4, 'IXt', 5), line(5, 'OHt', 5), line(6, 'IDn', 5, 0, 8), line(7, 'OCn', 5)],
      ]),
    );
    expect(counted(values, 'conntape_connections')).toEqual({
      [open('inbound', 'relay')]: 1,
      [open('inbound', 'outside')]: 1,
      [open('outbound', 'outside')]: 1,
      [open('inbound', 'control')]: 1,
      [open('outbound', 'hidden-service')]: 1,
      [open('inbound', 'directory')]: 1,
      [open('outbound', 'client')]: 1,
    });
    expect(values.get('conntape_lines')).toBe(8);
    expect(values.get('conntape_circuits_open')).toBe(2);
  });

  it('count what came and went, between two polls too, and not what was there at first', () => {
    const { values } = new Monitored(AT).keep(
      session(),
      listed(0, [line(1, 'IRn', 50), line(2, 'ORt', 5), `${line(4, 'ORn', 5)} AGE=unknown`]),
      listed(10, [line(1, 'IRn', 60), line(3, 'IRt', 4)], {
        events: [event(2, 9, 'opened', 'ORt'), event(3.5, 9, 'closed', 'ORt')],
      }),
    );
    expect(counted(values, 'conntape_connections')).toEqual({
      [open('inbound', 'relay')]: 1,
      [open('inbound', 'outside')]: 1,
      [opened('inbound', 'outside')]: 1,
      [opened('outbound', 'outside')]: 1,
      [closed('outbound', 'outside')]: 2,
      [closed('outbound', 'relay')]: 1,
    });
    // One lived 1.5 s, one 15 s at most: 5 s at first sight, and was gone at the next poll. How long
    // the third did nobody knows.
    const bucket = (le: string) =>
      values.get(`conntape_connection_lifetime_seconds_bucket{le="${le}"}`);
    expect(['1', '5', '10', '30', '60', '86400', '+Inf'].map(bucket)).toEqual([
      0, 1, 1, 2, 2, 2, 2,
    ]);
    expect(values.get('conntape_connection_lifetime_seconds_sum')).toBe(16.5);
    expect(values.get('conntape_connection_lifetime_seconds_count')).toBe(2);
  });

  it('keep apart what a gap hides, whole, and what ended with Tor', () => {
    const uptime = (seconds: number) => ({
      info: new Map([['info/uptime-process', `${seconds}`]]),
    });
    const monitored = new Monitored(AT).keep(
      session(),
      listed(0, [line(1, 'IRn', 50, 100)], uptime(900)),
      listed(10, [line(1, 'IRn', 60, 300)], uptime(910)),
      gap(12, 68),
      listed(70, [line(2, 'ORt', 5, 5000)], uptime(970)),
    );
    expect(counted(monitored.values, 'conntape_connections_')).toEqual({
      [open('outbound', 'outside')]: 1,
      conntape_connections_opened_unobserved_total: 1,
      conntape_connections_closed_unobserved_total: 1,
    });
    expect(counted(monitored.values, 'conntape_connection_lifetime')).toEqual({});
    expect(monitored.values.get('conntape_blind_seconds_total')).toBe(60);
    expect(monitored.values.get('conntape_gaps_total')).toBe(1);
    // No byte of a blind step.
    expect(monitored.values.get('conntape_read_bytes_total')).toBe(200);
    expect(monitored.values.get('conntape_written_bytes_total')).toBe(400);
    monitored.keep(listed(80, [line(1, 'IRt', 2)], uptime(3)));
    expect(monitored.values.get('conntape_tor_restarts_total')).toBe(1);
    expect(monitored.values.get('conntape_connections_closed_unobserved_total')).toBe(2);
    expect(monitored.values.get(opened('inbound', 'outside'))).toBe(1);
  });

  it('leave out what is not known, and are none before it is known whose they are', () => {
    const monitored = new Monitored(AT);
    expect(monitored.text).toBe('');
    const observes = {
      ...HEADER.observes,
      ...{ bytes: BYTES_UNCOUNTED, connections: 'OR connections alone' },
      ...{ ownCircuits: 'not observed', transitCircuits: 'not observed' },
    };
    monitored.keep(session({ observes }), listed(0, [line(1, 'IRn', 5)]));
    const names = [...monitored.values.keys()];
    expect(names.filter((name) => name.startsWith('conntape_connections_open{'))).toEqual([
      open('inbound', 'relay'),
    ]);
    for (const absent of [
      ...['conntape_read_bytes_total', 'conntape_written_bytes_total', 'conntape_circuits_open'],
      ...['conntape_descriptors_used', 'conntape_tor_uptime_seconds'],
      'conntape_poll_duration_seconds',
    ]) {
      expect(names).not.toContain(absent);
    }
    const info = new Map([
      ...([
        ['info/descriptor-used', '120'],
        ['info/descriptor-limit', 'many'],
      ] as const),
    ]);
    monitored.keep(listed(10, [line(1, 'IRn', 15)], { info, pollMs: 250 }));
    expect(monitored.values.get('conntape_descriptors_used')).toBe(120);
    expect(monitored.values.has('conntape_descriptors_limit')).toBe(false);
    expect(monitored.values.get('conntape_poll_duration_seconds')).toBe(0.25);
    // Of a source that lists all, none of a kind is 0.
    monitored.keep(session());
    expect(monitored.values.get(open('outbound', 'outside'))).toBe(0);
  });

  it('say what they are each by itself: Prometheus shows no help beside another', () => {
    const helps = [...RECORDER_METRICS, ...AUDIT_METRICS].map(({ help }) => help);
    expect(new Set(helps).size).toBe(helps.length);
    for (const help of helps) {
      expect(help).toMatch(/^[A-Z].*\.$/);
      expect(help).not.toMatch(
        /^(?:That|The same|It)\b|\b(?:they|its?) (?:took|made|begins|ends)\b/,
      );
      expect(help).not.toMatch(/\bthe window\.$|\bthat was\.$|How often|^How long before/);
    }
  });

  it('never fall where they are counters, and histograms are cumulative, whatever is listed', () => {
    const lines = fc.uniqueArray(
      fc.tuple(
        fc.nat(6),
        fc.constantFrom('IRn', 'ORt', 'iRt', 'OHt', 'ZZz', 'IXt'),
        fc.nat(200),
        fc.nat(9),
      ),
      { selector: ([conn]) => conn, maxLength: 6 },
    );
    const counters = RECORDER_METRICS.filter(({ type }) => type !== 'gauge');
    const isCounter = (series: string) => counters.some(({ name }) => series.startsWith(name));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), lines)), (polls) => {
        const monitored = new Monitored(AT).keep(session());
        let second = 0;
        let before = monitored.values;
        for (const [step, listing] of polls) {
          second += step;
          const text = listing.map(([conn, flags, uptime, bytes]) =>
            line(conn, flags, uptime, bytes),
          );
          monitored.keep(listed(second, text));
          const { values } = monitored;
          for (const [series, value] of before) {
            if (isCounter(series)) expect(values.get(series)).toBeGreaterThanOrEqual(value);
          }
          const buckets = [...values].filter(([series]) => series.includes('_bucket{'));
          const sizes = buckets.map(([, value]) => value);
          expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
          expect(sizes.at(-1)).toBe(values.get('conntape_connection_lifetime_seconds_count'));
          before = values;
        }
        monitored.close();
      }),
      { numRuns: 20 },
    );
  });

  it.skipIf(!HAS_PROMETHEUS)('are without fault for Prometheus, and name the relay in each', () => {
    const relay = { ...HEADER.relay, nickname: '"}\n\u001b[31m' };
    const monitored = new Monitored(AT + 12_345).keep(
      session({ relay }),
      listed(0, [line(1, 'IRn', 50, 100)], { pollMs: 9 }),
      listed(10, [line(2, '??'.replace('??', 'Zz'), 5)]),
    );
    expect(complaintsOf(monitored.text)).toBe('');
    const series = monitored.text.split('\n').filter((text) => /^\w/.test(text));
    for (const each of series) expect(each).toContain(`{relay="${'F'.repeat(40)}"`);
    expect(series.length).toBeLessThan(100);
  });

  it('stand in a file that another user may read, whole, once it is known whose they are', () => {
    const before = process.umask(0o077);
    try {
      const path = join(temporaryFolder(), 'a.prom');
      const file = new StatusFile(path, 'a.tape', (text) => expect(text).toBe(''));
      const monitored = new Monitored(AT);
      file.write(monitored.figures);
      expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
      monitored.keep(session(), listed(0, [line(1, 'IRn', 5)]));
      file.write(monitored.figures);
      expect(statSync(path).mode & 0o777).toBe(0o644);
      expect(readFileSync(path, 'utf8')).toBe(monitored.text);
    } finally {
      process.umask(before);
    }
  });
});
