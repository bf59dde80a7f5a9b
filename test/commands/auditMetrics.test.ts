/** What an audit tells Prometheus: what was found, what was looked for, and that the file is there whole. */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/reports/findings/rules.ts';
import { complaintsOf, HAS_PROMETHEUS, valuesIn } from '../cli/monitored.ts';
import { outboundOnly, withheld } from '../findings/incidents.ts';
import { BACKGROUND, type Planted, START, transcriptWith } from '../findings/planted.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { run } from './running.ts';

const NOW = START + 3_600_000;

async function world(...planted: readonly Planted[]) {
  const folder = temporaryFolder();
  const tape = join(folder, 'a.tape');
  await importInto(tape, transcriptWith(BACKGROUND, ...planted));
  return { folder, tape, file: join(folder, 'audit.prom') };
}

/** Of a rule what it found, by severity; undefined for a severity that has no series. */
function findingsOf(values: ReadonlyMap<string, number>, rule: string) {
  return ['info', 'notice', 'warning', 'critical'].map((severity) =>
    values.get(`conntape_audit_findings{rule="${rule}",severity="${severity}"}`),
  );
}

describe('audit --metrics-file', () => {
  it('counts what was found, and tells 0 from not looked for', async () => {
    const { tape, file } = await world(
      ...[withheld(750, 'ORt'), withheld(751, 'ORt'), outboundOnly(8, [2, 9], 10)],
      { missed: [14, 15, 16], extra: () => ({ witness: undefined }) },
    );
    let time = 0;
    const monotonic = () => time++;
    const args = ['audit', tape, '--metrics-file', file, '--fail-on', 'critical'];
    const { code, stdout } = await run(args, { now: NOW, monotonic });
    expect(code).toBe(3);
    expect(stdout).toContain('CRITICAL  non-relay-outbound');
    const values = valuesIn(readFileSync(file, 'utf8'));
    expect(findingsOf(values, 'non-relay-outbound')).toEqual([0, 0, 0, 1]);
    expect(findingsOf(values, 'unestablished-circuit')).toEqual([0, 1, 0, 0]);
    expect(findingsOf(values, 'recorder-gap')).toEqual([1, 0, 0, 0]);
    expect(findingsOf(values, 'local-network-connection')).toEqual([0, 0, 0, 0]);
    expect(findingsOf(values, 'witness-mismatch')).toEqual(Array(4).fill(undefined));
    const seen = RULES.map(({ name }) => values.get(`conntape_audit_rule_seen{rule="${name}"}`));
    const at = (name: string) => seen[RULES.findIndex((rule) => rule.name === name)];
    expect([at('witness-mismatch'), at('local-network-connection'), at('recorder-gap')]).toEqual([
      0, 0.5, 1,
    ]);
    expect(seen).not.toContain(undefined);
    expect(values.get('conntape_audit_timestamp_seconds')).toBe(NOW / 1000);
    expect(values.get('conntape_audit_window_start_timestamp_seconds')).toBe(START / 1000);
    expect(values.get('conntape_audit_blind_seconds')).toBe(40);
    expect(values.get('conntape_audit_gaps')).toBe(1);
    expect(values.get('conntape_audit_duration_seconds')).toBeGreaterThan(0);
  });

  it.skipIf(!HAS_PROMETHEUS)('is without fault for Prometheus', async () => {
    const { tape, file } = await world(withheld(750, 'ORt'));
    await run(['audit', tape, '--metrics-file', file], { now: NOW });
    expect(complaintsOf(readFileSync(file, 'utf8'))).toBe('');
  });

  it('may be read by another user where it is new, and keeps its mode where it is not', async () => {
    const before = process.umask(0o077);
    try {
      const { folder, tape, file } = await world();
      await run(['audit', tape, '--metrics-file', file], { now: NOW });
      expect(statSync(file).mode & 0o777).toBe(0o644);
      chmodSync(file, 0o640);
      await run(['audit', tape, '--metrics-file', file], { now: NOW });
      expect(statSync(file).mode & 0o777).toBe(0o640);
      expect(readdirSync(folder).sort()).toEqual(['a.tape', 'audit.prom']);
    } finally {
      process.umask(before);
    }
  });

  it('is as it was where nothing could be audited, or where it would harm a recording', async () => {
    const { folder, tape, file } = await world();
    writeFileSync(file, 'of last night\n');
    const args = ['audit', tape, '--from', '2026-11-20', '--to', '2026-11-21'];
    expect((await run([...args, '--metrics-file', file], { now: NOW })).code).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe('of last night\n');
    expect((await run(['audit', tape, '--metrics-file', tape], { now: NOW })).code).toBe(2);
    const nowhere = join(folder, 'none', 'audit.prom');
    const refused = await run(['audit', tape, '--metrics-file', nowhere], { now: NOW });
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: '' });
    expect((await run(['audit', tape, '--metrics-file', ''], { now: NOW })).code).toBe(2);
    expect(existsSync(nowhere)).toBe(false);
  });

  it('goes to a pipe or a descriptor, whatever its name', async () => {
    const { tape } = await world();
    const args = ['audit', tape, '--metrics-file', '/dev/stdout'];
    const { code, stdout } = await run(args, { now: NOW });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('# HELP ') });
    expect((await run([...args.slice(0, -1), '/dev/null'], { now: NOW })).code).toBe(0);
  });
});
