/**
 * What the tests of the page look at: recordings of a relay on which much happened, on which nothing
 * did, on which circuits are not seen, and one that attacks who looks at it.
 * Owns the recordings; what the page makes of them is the tests'.
 */
import { join } from 'node:path';
import { run } from '../commands/running.ts';
import { INCIDENTS } from '../findings/incidents.ts';
import { type Planted, relayed, transcriptWith } from '../findings/planted.ts';
import { importInto } from '../recording/tapes.ts';

/** `conntape demo`: two hours with a gap, a restart, beacons and findings. */
export async function demoIn(folder: string): Promise<string> {
  const { code, stderr } = await run(['demo', join(folder, 'demo')]);
  if (code !== 0) throw new Error(stderr);
  return join(folder, 'demo', 'demo.tape');
}

/** All that the audit's rules fire at, planted on one relay. */
export async function incidentsIn(folder: string): Promise<string> {
  const path = join(folder, 'incidents.tape');
  await importInto(path, transcriptWith(crowd(), ...plants()));
  return path;
}

/** One after the other, but for those that take most of the time anyway. */
function plants(): Planted[] {
  const all = Object.values(INCIDENTS).map(({ planted }) => planted);
  const short = all.filter(({ until = 0, lines }) => until < 60 && lines !== undefined);
  return all.map((planted) => {
    const place = short.indexOf(planted);
    return place < 0 ? planted : later(planted, Math.round((place * 440) / short.length));
  });
}

/** Lines and what a source says beside them, so many polls later. */
function later(planted: Planted, by: number): Planted {
  const { lines, info, extra, witness, until } = planted;
  return {
    ...planted,
    ...(lines === undefined ? {} : { lines: (poll: number) => lines(poll - by) }),
    ...(info === undefined ? {} : { info: (poll: number) => info(poll - by) }),
    ...(extra === undefined ? {} : { extra: (poll: number) => extra(poll - by) }),
    ...(witness === undefined ? {} : { witness: (poll: number) => witness(poll - by) }),
    ...(until === undefined ? {} : { until: until + by }),
  };
}

/** Circuits that come and go, and send on what they take in: what any relay has. */
function crowd(): Planted {
  const polls = 500;
  // Each begins at a place of a row that fills evenly, and lives for one of a few lengths.
  const circuits = Array.from({ length: 600 }, (_, index) => {
    const born = Math.round(((index * 0.618_034) % 1) * (polls + 60)) - 60;
    const lives = Math.round(2 + 60 * ((index * 0.754_878) % 1) ** 3);
    const moves = Math.round(2000 * 40 ** ((index * 0.569_84) % 1));
    return { circ: 20_000 + index, born, lives, moves };
  });
  return {
    until: polls,
    lines: (poll) =>
      circuits
        .filter(({ born, lives }) => poll >= born && poll < born + lives)
        .flatMap(({ circ, born, moves }) =>
          relayed(poll, circ, moves * (poll - born), moves * (poll - born)).map((text) =>
            text.replace(/\d+$/, `${Math.round((poll - born) * 10)}`),
          ),
        ),
  };
}

/** Five minutes in which Tor has not one connection. */
export async function emptyIn(folder: string): Promise<string> {
  const path = join(folder, 'empty.tape');
  await importInto(path, transcriptWith());
  return path;
}

/** The incidents as a source saw them that has no circuits of others, and no bytes of users. */
export async function stockIn(folder: string): Promise<string> {
  const path = join(folder, 'stock.tape');
  const header = {
    source: 'stock',
    observes: {
      ...{ connections: true, bytes: true, ages: true, own_circuits: true },
      transit_circuits: 'a stock Tor does not tell of the circuits that it carries for others',
    },
  };
  const circuitless: Planted = {
    lines: (poll) =>
      (crowd().lines!(poll) ?? []).map((text) => text.replace(/^(\d+) \d+ /, '$1 0 ')),
  };
  await importInto(path, transcriptWith(circuitless, { header, until: 120 }));
  return path;
}

/** Would call `attacked`, were it more than text. */
export const ATTACKS: readonly string[] = [
  '<script>attacked(1)</script>',
  '<img src=x onerror=attacked(2)>',
  '"><svg/onload=attacked(3)>',
  "';attacked(4);//",
  '</script><script>attacked(5)</script>',
  '<!--<script>attacked(6)',
  '$' + '{attacked(7)}{{attacked(8)}}',
  'javascript:attacked(9)',
  '&lt;b&gt;&#x3c;i&#x3e;',
  '<a href=javascript:attacked(10)>click</a><style>*{display:none}</style><base href=//x.example>',
  '=HYPERLINK("http://elsewhere.example","a")',
  '\u202eright to left\u2066',
  '__proto__',
];

const ATTACK = ATTACKS.join(' ');

/** A recording all of whose texts attack the page that shows them. */
export async function hostileIn(folder: string): Promise<string> {
  const path = join(folder, `a'"<img src=x onerror=attacked(11)>.tape`);
  const extra = Object.fromEntries(ATTACKS.map((text, index) => [text, `${index} ${text}`]));
  // A line's fields have no blanks.
  const field = ATTACKS.map((text) => text.replaceAll(/\s/g, '/')).join('');
  const line = (id: number, flags: string, bytes: number, age: number, ip = '0', circ = id) =>
    `${id} ${circ} 0 ${ip} 0 0 ${flags} ${bytes} ${bytes * 30} ${age} NOTE=${field}`;
  const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 3, 0, second)).toISOString();
  const records: object[] = [
    {
      ...{ transcript: 1, source: ATTACK, interval_s: 10, ...extra },
      relay: { fingerprint: ATTACK, nickname: ATTACK, tor_version: ATTACK, ...extra },
      config: { ExitRelay: ATTACK, Nickname: ATTACK, ...extra },
      observes: {
        ...{ connections: ATTACK, bytes: ATTACK, ages: true, close_reasons: ATTACK },
        ...{ own_circuits: ATTACK, transit_circuits: ATTACK },
      },
    },
    { gap: { from: at(200), to: at(230), reason: ATTACK, ...extra } },
  ];
  const snapshots = Array.from({ length: 60 }, (_, poll) => {
    const second = poll * 10 + (poll > 19 ? 40 : 0);
    return {
      ...{ at: at(second), ...extra },
      conn: [
        // At the end no circuit is to be seen: then the page says why, in the source's words.
        ...(poll === 59 ? [] : [line(1, 'IRt', 1000 * poll, 100 + second)]),
        ...(poll === 59 ? [] : [line(2, 'ORt', 5000 * poll, 100 + second, '192.168.1.9')]),
        line(3, 'oRt', 100_000 * poll, 100 + second, '10.0.0.7', poll === 59 ? 0 : 3),
        ...(poll > 10 && poll < 15 ? [line(40 + poll, 'ORt', 10, 5, '192.168.1.10')] : []),
        `not a line ${field}`,
      ].join('\n'),
      info: { 'info/uptime-process': `${9000 + second}`, [ATTACK]: ATTACK },
      witness: { tool: ATTACK, tor_only: [{ note: ATTACK, ...extra }] },
      events: poll === 12 ? [{ at: at(115), conn_id: 1, what: 'closed', reason: ATTACK }] : [],
    };
  });
  records.push(...snapshots);
  await importInto(
    path,
    records.sort((a, b) => timeOf(a) - timeOf(b)).map((record) => JSON.stringify(record)),
  );
  return path;
}

function timeOf(record: { at?: string; gap?: { from: string } }): number {
  return Date.parse(record.at ?? record.gap?.from ?? '1970-01-01');
}
