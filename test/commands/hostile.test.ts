/** A recording whose every text is made to attack a terminal: no command sends it there as it is. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { REPORT_NAMES } from './reportNames.ts';
import { run } from './running.ts';

/** Clears the screen, moves the cursor, sets the title, turns the text around, ends the line. */
const EVIL = '\u001b[2J\u009b1A\u001b]0;x\u0007\u202e\u2066\u0000\u007f\r\b';

const TEXT = `a${EVIL}b`;

const LINE = `1 5 0 0 0 0 IRt 0 0 100 NOTE=${TEXT.replace('\r', '')}`;

const TRANSCRIPT = [
  {
    ...{ transcript: 1, source: TEXT, interval_s: 10, [TEXT]: TEXT },
    relay: { fingerprint: TEXT, nickname: TEXT, tor_version: TEXT, [TEXT]: TEXT },
    config: { ExitRelay: TEXT, [TEXT]: TEXT },
    observes: { connections: TEXT, bytes: TEXT, close_reasons: TEXT, own_circuits: TEXT },
  },
  {
    ...{ at: '2026-11-23T03:00:00Z', conn: `${LINE}\n${TEXT} x`, [TEXT]: TEXT },
    info: { 'info/uptime-process': TEXT, 'ns/authority': TEXT, [TEXT]: TEXT },
    witness: { tool: TEXT, tor_only: [{ note: TEXT }] },
  },
  { gap: { from: '2026-11-23T03:00:01Z', to: '2026-11-23T03:00:09Z', reason: TEXT, note: TEXT } },
  {
    session: { source: TEXT, interval_s: 10, relay: { fingerprint: TEXT } },
    at: '2026-11-23T03:00:05Z',
  },
  {
    at: '2026-11-23T03:00:10Z',
    conn: LINE.replace(' 100 ', ' 110 '),
    events: [
      { at: '2026-11-23T03:00:08Z', conn_id: 7, what: 'opened', or_id: TEXT, type_flags: TEXT },
      { at: '2026-11-23T03:00:09Z', conn_id: 7, what: 'closed', reason: TEXT },
    ],
  },
].map((record) => JSON.stringify(record));

/** What a terminal obeys, but for the end of a line and, where a table is drawn, its own colours. */
const OBEYED =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** The colours and weights of the program's own. */
const OWN_STYLE = /\u001b\[\d{1,2}(?:;\d{1,2})*m/g;

describe('text that a terminal would obey', () => {
  it.each([
    ['info'],
    ['audit'],
    ['verify', '--rebuild'],
    ...['listing', 'table', 'csv', 'json', 'transcript'].map((format) => [
      ...['replay', '--format', format],
    ]),
    ...REPORT_NAMES.flatMap((name) =>
      ['table', 'csv', 'json', 'ndjson'].map((format) => ['report', name, '--format', format]),
    ),
    ['report', 'all'],
    ['replay', '--at', TEXT],
    ['report', 'churn', '--from', TEXT],
    ['audit', '--set', TEXT],
  ])('is not sent to one by %s %s', async (...words) => {
    const path = join(temporaryFolder(), 'a.tape');
    await importInto(path, TRANSCRIPT);
    const [command, ...rest] = words.filter((word) => word !== undefined) as string[];
    const args = command === 'report' ? [rest[0]!, path, ...rest.slice(1)] : [path, ...rest];
    const { stdout, stderr } = await run([command!, ...args], { isTerminal: true });
    for (const text of [stdout, stderr]) {
      // The lines of CSV end with both.
      const shown = text.replace(OWN_STYLE, '').replaceAll('\r\n', '\n');
      expect(OBEYED.exec(shown)).toBeNull();
    }
    expect(stdout + stderr).not.toBe('');
  });
});
