/** Whatever a transcript says of a user's address, and wherever: no command keeps it or shows it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../recording/tapes.ts';
import { run } from './running.ts';

const FORMS = [
  ...['198.51.100.77', '198.51.100.77:45678', '198.51.100.077', '::ffff:198.51.100.77'],
  ...['2001:db8:dead::77', '[2001:db8:dead::77]:45678', '2001:0db8:dead:0000:0000:0000:0000:0077'],
  ...[
    '::ffff:c633:644d',
    '64:ff9b::198.51.100.77',
    'peer=198.51.100.77:45678;',
    '198.51.100.77.exit',
  ],
];

const USER = /198\.51\.100|c633:644d|db8:dead|:45678/i;

/** Every form, as a text, in a list, and as a key. */
const everywhere = Object.fromEntries(
  FORMS.flatMap((form, index) => [
    [`key${index}`, form],
    [`list${index}`, [form, { [form]: form }]],
    [form, index],
  ]),
);

const WORDS = FORMS.join(' ');

const HEADER = {
  ...{ transcript: 1, source: `a port at ${FORMS[1]}`, bytes: 'entry', interval_s: 10 },
  relay: {
    ...{ fingerprint: 'AB'.repeat(20), nickname: WORDS, tor_version: `0.4.9.11 ${FORMS[0]}` },
    ...everywhere,
  },
  config: { ExitRelay: WORDS, ExitPolicyRejectPrivate: FORMS[1], [FORMS[1]!]: '1' },
  observes: Object.fromEntries(
    [
      'connections',
      'bytes',
      'ages',
      'own_circuits',
      'transit_circuits',
      'close_reasons',
      'short_connections',
    ].map((what) => [what, `not that of ${WORDS}`]),
  ),
  ...everywhere,
};

function snapshotAt(poll: number) {
  const at = new Date(Date.UTC(2026, 10, 23, 0, 0, poll * 10)).toISOString();
  const row = { or_id: '0', ip: '198.51.100.77', port: 45678, l_port: 45678, ...everywhere };
  const counts = { reported: 1, system: 1, ...everywhere };
  const uptime = 5 + poll * 10;
  return {
    at,
    conn: [
      `1 0 0 198.51.100.77 45678 45678 IRt 1 2 ${uptime}`,
      `2 0 0 2001:db8:dead::77 45678 9001 ORt 1 2 ${uptime}`,
      `3 0 0 ::ffff:198.51.100.77 45678 45678 OCt 1 2 ${uptime} ${WORDS}`,
      `4 0 0 198.51.100.77 45678`,
      `malformed ${WORDS}`,
      `5 0 198.51.100.77 198.51.100.77 45678 45678 IRt 1 2 ${uptime}`,
    ].join('\n'),
    info: {
      'info/uptime-process': `${100 + poll * 10}`,
      [`info/${FORMS[0]}`]: WORDS,
      'info/x': WORDS,
    },
    events: [
      { at, conn_id: 1, what: 'closed', reason: WORDS, ...everywhere },
      { at, conn_id: 7, what: 'opened', reason: '', or_id: FORMS[0], type_flags: FORMS[0] },
    ],
    witness: {
      ...{
        tool: FORMS[1],
        reported: 1,
        system: 1,
        tolerance: 1,
        inbound: counts,
        outbound: counts,
      },
      only_reported: [{ ...row, type_flags: 'IRt' }, FORMS[0]],
      only_system: [{ ...row, type_flags: 'O' }, [FORMS[0]]],
      ...everywhere,
    },
    outside: { connections: 1, addresses: 1, most: 1, concentration: 1, ...everywhere },
    ...everywhere,
  };
}

function gapAfter(poll: number) {
  const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 0, 0, poll * 10 + second));
  return { gap: { from: at(3), to: at(4), reason: WORDS, ...everywhere } };
}

describe('the address of a user', () => {
  it('is in no recording, and in nothing that is printed or written', async () => {
    const folder = temporaryFolder();
    const [transcript, tape] = [join(folder, 'a.jsonl'), join(folder, 'a.tape')];
    const polls = [0, 1, 2].flatMap((poll) => [snapshotAt(poll), gapAfter(poll)]);
    const lines = [HEADER, ...polls].map((line) => JSON.stringify(line));
    expect(lines.every((line) => USER.test(line))).toBe(true);
    writeFileSync(transcript, lines.join('\n'));

    const shown: string[] = [];
    const formats = ['listing', 'table', 'csv', 'json', 'transcript'];
    for (const args of [
      ['import', transcript, tape],
      ['info', tape],
      ['audit', tape],
      ['verify', '--rebuild', tape],
      ['report', 'all', tape],
      ['export', tape, join(folder, 'out')],
      ...formats.map((format) => ['replay', tape, '--format', format]),
    ]) {
      const { code, stdout, stderr } = await run(args);
      expect([args[0], code]).toEqual([args[0], 0]);
      shown.push(stdout, stderr);
    }
    const written = readdirSync(join(folder, 'out')).map((name) =>
      readFileSync(join(folder, 'out', name), 'utf8'),
    );
    for (const text of [readFileSync(tape, 'latin1'), ...shown, ...written]) {
      expect(text.split('\n').filter((line) => USER.test(line))).toEqual([]);
    }
  });
});
