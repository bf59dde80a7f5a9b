/** The dashboard and the alerts: every query of them is answered by what is written, and says what it should. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { AUDIT_METRICS } from '../../src/cli/auditMetrics.ts';
import { RECORDER_METRICS } from '../../src/cli/recorderMetrics.ts';
import { HAS_PROMETHEUS, Monitored } from '../cli/monitored.ts';
import { run } from '../commands/running.ts';
import { descriptors, withheld } from '../findings/incidents.ts';
import { BACKGROUND, type Planted, transcriptWith } from '../findings/planted.ts';
import { HEADER, importInto, snapshotOf, temporaryFolder } from '../recording/tapes.ts';
import { type Collected, prometheusWith, seriesOf } from './prometheus.ts';

const ALERTS = fileURLToPath(new URL('../../packaging/prometheus-alerts.yml', import.meta.url));
const DASHBOARD = fileURLToPath(new URL('../../packaging/grafana-dashboard.json', import.meta.url));

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
}

const DASHBOARD_TEXT = readFileSync(DASHBOARD, 'utf8');
const dashboard = JSON.parse(DASHBOARD_TEXT) as Dashboard;
const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ title, expr })),
);
const alertsText = readFileSync(ALERTS, 'utf8');
const alerts = [...alertsText.matchAll(/- alert: (\w+)\n +expr: (.+)\n/g)].map(
  ([, name, expr]) => ({ name: name!, expr: expr! }),
);

const TROUBLED = 'A'.repeat(40);
const CALM = 'B'.repeat(40);
const MINUTE = 60_000;
/** When all is asked. */
const NOW = Date.parse('2026-11-24T12:00:00Z');

/** How long before that it is, in minutes, when things are collected: a little more than an hour. */
const MINUTES = Array.from({ length: 71 }, (_, minute) => 70 - minute);

/** A text as it would be of another relay. */
function as(relay: string, text: string): string {
  return text.replaceAll(/\{relay="[^"]*"/g, `{relay="${relay}"`);
}

/**
 * What a recorder wrote, minute by minute.
 * @param isThere whether a minute has a snapshot. @param extra lines that it has beside others.
 */
function recorded(
  relay: string,
  isThere: (minute: number) => boolean,
  extra: (minute: number) => string = () => '',
): Collected[] {
  const monitored = new Monitored(NOW - 71 * MINUTE);
  monitored.keep({
    ...{ kind: 'session', at: monitored.now },
    header: { ...HEADER, intervalMs: MINUTE },
  });
  const info = new Map([
    ...([
      ['info/descriptor-used', '120'],
      ['info/descriptor-limit', '1024'],
    ] as const),
    ...([['info/uptime-process', '900']] as const),
  ]);
  const texts = MINUTES.map((minute) => {
    const at = NOW - minute * MINUTE;
    monitored.now = at;
    if (isThere(minute)) {
      const bytes = 1000 * (71 - minute);
      const lasting = `1 5 0 0 0 0 IRt ${bytes} ${bytes} ${90 * (71 - minute)}`;
      const text = `${lasting}\n${1000 - minute} 0 0 0 0 0 ORt 10 10 20${extra(minute)}`;
      monitored.keep(snapshotOf(at, text, { info, pollMs: 12 }));
    }
    return { at, text: as(relay, monitored.text) };
  });
  monitored.close();
  return texts;
}

/** What an audit wrote that was made then, of a tape with such incidents. */
async function audited(relay: string, at: number, ...planted: readonly Planted[]) {
  const folder = temporaryFolder();
  const [tape, file] = [join(folder, 'a.tape'), join(folder, 'a.prom')];
  await importInto(tape, transcriptWith(BACKGROUND, ...planted));
  const { code } = await run(['audit', tape, '--metrics-file', file], { now: at });
  expect(code).toBe(0);
  return as(relay, readFileSync(file, 'utf8'));
}

async function collected(): Promise<Collected[]> {
  const outage: Planted = { missed: [12, 13, 14, 15, 16, 17] };
  const texts = new Map([
    [
      TROUBLED,
      await audited(
        TROUBLED,
        NOW - 40 * 60 * MINUTE,
        withheld(750, 'ORt'),
        descriptors(3, 9, 1000),
        outage,
      ),
    ],
    [CALM, await audited(CALM, NOW - 60 * MINUTE)],
  ]);
  const isThere = (minute: number) => minute > 30 && (minute > 58 || minute < 48);
  const noise = (minute: number) => (minute === 40 ? '\nno line' : '');
  const recorders = [
    { relay: TROUBLED, at: recorded(TROUBLED, isThere, noise) },
    { relay: CALM, at: recorded(CALM, () => true) },
  ];
  return MINUTES.flatMap((_, place) =>
    recorders.map(({ relay, at }) => {
      const { at: time, text } = at[place]!;
      return { at: time, text: `${text}${texts.get(relay)}` };
    }),
  );
}

/** As Grafana fills it in for all relays and an hour. */
function filledIn(expr: string): string {
  return expr
    .replaceAll('$relay', '.*')
    .replaceAll('$__rate_interval', '5m')
    .replaceAll('$__range', '1h');
}

describe('the dashboard and the alerts', () => {
  it('ask for series alone that are written', () => {
    const written = [...RECORDER_METRICS, ...AUDIT_METRICS].flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    );
    const asked = [...queries, ...alerts].flatMap(({ expr }) => expr.match(/conntape_\w+/g) ?? []);
    expect(asked.filter((name) => !written.includes(name))).toEqual([]);
    expect(queries.length).toBeGreaterThan(30);
    expect(alerts.length).toBe(alertsText.match(/ expr:/g)?.length);
  });

  it('are of one relay or of all, from any Prometheus, each panel by its own number', () => {
    for (const { title, expr } of queries) {
      const names = expr.match(/conntape_\w+(?:\{relay=~"\$relay")?/g) ?? [];
      for (const name of names)
        expect([title, name]).toEqual([title, expect.stringContaining('{')]);
    }
    expect(DASHBOARD_TEXT.match(/"uid": "(?!\$\{datasource\}).*"/g)).toEqual(['"uid": "conntape"']);
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.skipIf(!HAS_PROMETHEUS)('are rules as Prometheus takes them', () => {
    const { status, stdout } = spawnSync('promtool', ['check', 'rules', ALERTS], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: expect.stringContaining(`SUCCESS: ${alerts.length} rules found`),
    });
  });

  it.skipIf(!HAS_PROMETHEUS)(
    'are answered by Prometheus, the alerts of the relay in trouble alone',
    async () => {
      const address = await prometheusWith(await collected());
      const unanswered: string[] = [];
      for (const { title, expr } of queries) {
        const series = await seriesOf(address, filledIn(expr), NOW);
        if (series.length === 0) unanswered.push(`${title}: ${expr}`);
      }
      expect(unanswered).toEqual([]);
      for (const { name, expr } of alerts) {
        const relays = (await seriesOf(address, expr, NOW)).map(({ relay }) => relay);
        expect([name, [...new Set(relays)]]).toEqual([name, [TROUBLED]]);
      }
      const [, variable] = /^label_values\((\w+), relay\)$/.exec(
        dashboard.templating.list.find(({ definition }) => definition !== undefined)!.definition!,
      )!;
      const named = await seriesOf(address, variable!, NOW);
      expect(named.map(({ relay }) => relay).sort()).toEqual([TROUBLED, CALM]);
    },
  );
});
