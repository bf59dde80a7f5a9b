/**
 * `npm run bench:rules`: what the audit says of ordinary relays, and the smallest incident it finds.
 * Owns running it and the two tables; relays are relay.ts's, incidents incidents.ts's.
 *
 *     npm run bench:rules -- [--hours 6] [--seeds 1,2,3,4,5]
 *
 * Each relay is recorded alone, once a seed; incidents stand on the plain relay, once a seed.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Course, INCIDENT_KINDS, type IncidentKind } from './incidents.ts';
import { INTERVAL_S, KINDS, type Kind, Relay } from './relay.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

interface Finding {
  readonly rule: string;
  readonly severity: string;
}

/** What a gap is found with: it is no alarm. */
const NO_ALARM = 'info';

const SEVERITIES = ['critical', 'warning', 'notice', NO_ALARM];

/** What the audit finds on a relay. */
async function foundOn(relay: Relay, hours: number, course: Course): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'conntape-rules-'));
  const tape = join(folder, 'relay.tape');
  try {
    const stdio = ['pipe', 'ignore', 'ignore'] as const;
    const importing = spawn(process.execPath, [MAIN, 'import', '-', tape], { stdio: [...stdio] });
    const { stdin } = importing;
    stdin.write(`${relay.header}\n`);
    for (let poll = 0; poll <= (hours * 3600) / INTERVAL_S; poll++) {
      const added = course(relay);
      const isWhole = added.isMissed || stdin.write(`${relay.snapshot(added)}\n`);
      if (!isWhole) await once(stdin, 'drain');
      relay.step();
    }
    stdin.end();
    const [code] = await once(importing, 'exit');
    if (code !== 0) throw new Error(`import ended with ${code}`);
    const report = execFileSync(
      process.execPath,
      [MAIN, 'report', 'findings', tape, '--format', 'json'],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 30 },
    );
    const rows = JSON.parse(report) as Finding[];
    return rows.filter(({ severity }) => SEVERITIES.includes(severity));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const NOTHING: Course = () => ({});

async function falseAlarms(kind: Kind, hours: number, seeds: readonly number[]): Promise<string> {
  const counts = new Map<string, number>();
  for (const seed of seeds) {
    for (const { rule, severity } of await foundOn(new Relay(kind, seed), hours, NOTHING)) {
      if (severity === NO_ALARM) continue;
      const key = `${severity} ${rule}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const days = (hours * seeds.length) / 24;
  const perDay = (count: number) => Number((count / days).toPrecision(2));
  const told = [...counts].map(([key, count]) => `${key}: ${perDay(count)}`).sort();
  return `| ${kind} | ${told.length === 0 ? '0' : told.join('; ')} |`;
}

/** The smallest size found with every seed. */
async function smallest(kind: IncidentKind, seeds: readonly number[]): Promise<string> {
  const found: string[] = [];
  let least = 'none of these';
  for (const size of kind.sizes) {
    let hits = 0;
    for (const seed of seeds) {
      const all = await foundOn(new Relay(kind.on ?? 'plain', seed), kind.hours, kind.begin(size));
      if (all.some(({ rule }) => rule === kind.rule)) hits++;
    }
    found.push(`${size}: ${hits} of ${seeds.length}`);
    if (hits < seeds.length) continue;
    least = String(size);
    break;
  }
  return `| ${kind.rule} | ${kind.says} | ${least} | ${found.join('; ')} |`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      hours: { type: 'string', default: '6' },
      seeds: { type: 'string', default: '1,2,3,4,5' },
    },
  });
  const hours = Number(values.hours);
  const seeds = values.seeds.split(',').map(Number);
  const out = (line: string) => process.stdout.write(`${line}\n`);
  out(`${hours} h each, polls of ${INTERVAL_S} s, seeds ${seeds.join(', ')}\n`);
  out('| relay | false alarms a day |\n|---|---|');
  for (const kind of KINDS) out(await falseAlarms(kind, hours, seeds));
  out('\n| rule | incident | smallest found with every seed | found |\n|---|---|---|---|');
  for (const kind of INCIDENT_KINDS) out(await smallest(kind, seeds));
}

await main();
