/** What the page's server answers: parts, moments, reports as the command line prints them, and why not. */
import { once } from 'node:events';
import { copyFileSync, renameSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { momentAt } from '../../../src/page/data/moment.ts';
import { makePart, PART_NAMES } from '../../../src/page/data/parts.ts';
import type { FindingsPart, Head } from '../../../src/page/parts.ts';
import { Recording } from '../../../src/recording/reader.ts';
import { NAMED_REPORTS } from '../../../src/reports/reports.ts';
import { run } from '../../commands/running.ts';
import { events, gaps, MIDNIGHT, restart, shapes } from '../../oracle/cases.ts';
import {
  HEADER,
  importInto,
  openWriter,
  snapshotOf,
  temporaryFolder,
} from '../../recording/tapes.ts';
import { type Answer, begun, cookieOf, getter, LONG, longTape, serve } from './serving.ts';

async function tapeOf(lines: readonly string[]): Promise<string> {
  const path = join(temporaryFolder(), 'a.tape');
  await importInto(path, lines);
  return path;
}

/** Asks until the audit has come to its end: each answer is what there then is. */
async function findingsOf(get: (path: string) => Promise<Answer>): Promise<FindingsPart> {
  for (;;) {
    const { status, body } = await get('/part/findings?from=0&to=1&bins=1');
    expect(status).toBe(200);
    const part = JSON.parse(body) as FindingsPart;
    if (part.rules !== null) return part;
    expect(part.findings).toEqual([]);
    expect(part.progress).toBeGreaterThanOrEqual(0);
    expect(part.progress).toBeLessThanOrEqual(1);
  }
}

describe('parts', () => {
  it('are those of the window that is asked for', async () => {
    const path = await tapeOf(shapes);
    const get = await getter(await serve(path));
    const head = JSON.parse((await get('/head')).body) as Head;
    expect(head).toMatchObject({ form: 'view', version: '1.2.3', name: 'a.tape', path });
    const recording = Recording.open(path);
    const { from, to } = recording.extent!;
    expect(head.window).toEqual({ from, to });
    for (const window of [
      { from, to },
      { from: from + 1, to },
      { from: from - 9, to: to + 9 },
    ]) {
      for (const name of PART_NAMES.filter((one) => one !== 'findings')) {
        const { status, headers, body } = await get(
          `/part/${name}?from=${window.from}&to=${window.to}&bins=100`,
        );
        expect([name, status]).toEqual([name, 200]);
        expect(headers['content-type']).toBe('application/json; charset=utf-8');
        const made = makePart(name, { recording, window, bins: 100, path });
        expect([name, body]).toEqual([name, JSON.stringify(made)]);
      }
    }
    const { body } = await get(`/moment?at=${to}`);
    expect(body).toBe(JSON.stringify(momentAt(recording, to)));
    recording.close();
  });

  it('of a long recording are from the rollups, unless they are to be exact', async () => {
    const path = join(temporaryFolder(), 'many.tape');
    const lines = Array.from({ length: 100_001 }, (_, row) => `${row + 1} 0 0 0 0 0 IRt 1 1 1`);
    const writer = openWriter(path, HEADER);
    writer.append(snapshotOf(10_000, lines.join('\n')));
    writer.append(snapshotOf(20_000, ''));
    writer.close();
    const get = await getter(await serve(path));
    const url = '/part/rankings?from=10000&to=20000&bins=10';
    const isExact = async (more: string) => JSON.parse((await get(url + more)).body).exact;
    expect([await isExact(''), await isExact('&exact=0')]).toEqual([false, false]);
    const recording = Recording.open(path);
    const input = { recording, window: { from: 10_000, to: 20_000 }, bins: 10, path };
    expect((await get(`${url}&exact=1`)).body).toBe(JSON.stringify(makePart('rankings', input)));
    recording.close();
  });

  it('of the audit are there when it is done, whatever window is asked for', async () => {
    const path = await tapeOf(gaps);
    const get = await getter(await serve(path));
    await get('/');
    const recording = Recording.open(path);
    const window = recording.extent!;
    const made = makePart('findings', { recording, window, bins: 1, path });
    expect(made.findings.length).toBeGreaterThan(0);
    expect(await findingsOf(get)).toEqual(made);
    recording.close();
  });

  it.each([
    '/part/polls',
    '/part/polls?from=0&to=1',
    '/part/polls?from=NaN&to=1&bins=1',
    '/part/polls?from=Infinity&to=1&bins=1',
    '/part/polls?from=1e3&to=1&bins=1',
    '/part/polls?from=0x1&to=1&bins=1',
    '/part/polls?from=0.5&to=1&bins=1',
    '/part/polls?from=&to=1&bins=1',
    '/part/polls?from=%200&to=1&bins=1',
    '/part/polls?from=2&to=1&bins=1',
    '/part/polls?from=9999999999999999&to=9999999999999999&bins=1',
    '/part/polls?from=0&to=1&bins=0',
    '/part/polls?from=0&to=1&bins=-1',
    '/part/polls?from=0&to=1&bins=1000000000',
    '/part/polls?from=0&to=1&bins=16385',
    '/part/polls?from=0&to=1&bins=1&bins=2',
    '/part/polls?from=0&to=1&bins=1&more=1',
    '/part/polls?from=0&to=1&bins=1&exact=2',
    '/part/findings',
    '/head?from=0',
    '/moment',
    '/moment?at=soon',
    '/csv/churn?from=soon',
    '/csv/churn?from=2&to=1',
    '/csv/churn?bucket=999',
    '/csv/churn?bucket=-1000',
    '/csv/churn?columns=ip',
    '/csv/churn?connection=-1',
    '/csv/connections?connection=9007199254740992',
    '/csv/timeline',
    '/csv/metrics?circuit=1',
    '/csv/findings?connection=1',
  ])('are not of %s', async (url) => {
    const get = await getter(await serve(await tapeOf(gaps)));
    const { status, headers, body } = await get(url);
    expect(status).toBe(400);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(body).toMatch(/^[A-Za-z].*\.\n$/);
  });

  it('are none where nothing was recorded', async () => {
    const get = await getter(await serve(await tapeOf(gaps)));
    for (const url of [
      '/part/polls?from=0&to=1&bins=9',
      '/part/lanes?from=0&to=1&bins=9',
      '/csv/churn?from=0&to=1',
      '/moment?at=0',
    ]) {
      const { status, body } = await get(url);
      expect([status, body]).toEqual([404, 'Nothing was recorded then, or it is not shown.\n']);
    }
  });
});

describe('a window of a recording', () => {
  it('is all that is shown of it', async () => {
    const path = await tapeOf(restart);
    const whole = Recording.open(path);
    const { from, to } = whole.extent!;
    const recorded = [...whole.items({ from, to })].filter(({ kind }) => kind === 'snapshot');
    whole.close();
    const [second] = recorded.slice(1).map((item) => (item.kind === 'snapshot' ? item.at : 0));
    const window = { from: second!, to: to - 1 };
    const get = await getter(await serve(path, { window }));
    expect((JSON.parse((await get('/head')).body) as Head).window).toEqual(window);
    const args = ['--from', iso(window.from), '--to', iso(window.to), '--format', 'csv'];
    const { stdout } = await run(['report', 'connections', path, ...args]);
    for (const query of ['', `?from=0&to=${to + 1e9}`, `?from=${from}`]) {
      expect((await get(`/csv/connections${query}`)).body).toBe(stdout);
    }
    expect((await get(`/moment?at=${to}`)).status).toBe(404);
    expect((await get(`/moment?at=${from}`)).status).toBe(404);
    expect((await get(`/csv/churn?from=${to}`)).status).toBe(404);
    expect((await get(`/part/polls?from=${to}&to=${to}&bins=1`)).status).toBe(404);
  });
});

describe('reports', () => {
  const names = NAMED_REPORTS.map(({ name }) => name);

  it.each(names)('are the bytes that conntape report prints: %s', async (name) => {
    const path = await tapeOf(events);
    const get = await getter(await serve(path));
    const [from, to] = [MIDNIGHT + 10_000, MIDNIGHT + 30_000];
    for (const [query, args] of [
      ['', []],
      [`from=${from}`, ['--from', iso(from)]],
      [`from=${from}&to=${to}`, ['--from', iso(from), '--to', iso(to)]],
      ['bucket=10000', ['--bucket', '10s']],
      ['connection=1', ['--connection', '1']],
      ['circuit=5&bucket=1000', ['--circuit', '5', '--bucket', '1s']],
    ] as const) {
      const isNarrowed = /connection|circuit/.test(query);
      if (name === 'timeline' && !isNarrowed) continue;
      if (isNarrowed && ['findings', 'metrics'].includes(name)) continue;
      const { code, stdout } = await run(['report', name, path, ...args, '--format', 'csv']);
      expect(code).toBe(0);
      const { status, headers, body } = await get(`/csv/${name}?${query}`);
      expect([query, status, body]).toEqual([query, 200, stdout]);
      expect(headers['content-type']).toBe('text/csv; charset=utf-8');
      expect(headers['content-disposition']).toBe('attachment');
    }
  });

  it('are whole where they are long, for a reader that waits', async () => {
    const path = longTape();
    const served = await serve(path);
    const response = await begun(served.port, LONG, { headers: await cookieOf(served) });
    response.pause();
    const { stdout } = await run([
      'report',
      'asymmetry',
      path,
      '--bucket',
      '1s',
      '--format',
      'csv',
    ]);
    expect(stdout.length).toBeGreaterThan(20e6);
    expect((await text(response)) === stdout).toBe(true);
  });
});

describe('a recording that a recorder goes on with', () => {
  it('is shown as it stands when the page asks what it is of', async () => {
    const path = join(temporaryFolder(), 'growing.tape');
    const writer = openWriter(path, HEADER);
    writer.append(snapshotOf(1000, '1 5 0 0 0 0 IRt 10 20 1'));
    const get = await getter(await serve(path));
    const headOf = async () => JSON.parse((await get('/head')).body) as Head;
    const before = await headOf();
    expect(before.window).toEqual({ from: 1000, to: 1000 });
    expect((await findingsOf(get)).rules).not.toBeNull();
    const peer = `${'AB'.repeat(20)} 203.0.113.7 9001 9001`;
    writer.append(snapshotOf(11_000, `1 5 0 0 0 0 IRt 10 20 11\n7 8 ${peer} ORt 1 2 3`));
    const after = await headOf();
    expect(after.window).toEqual({ from: 1000, to: 11_000 });
    expect(after.chainHead).not.toBe(before.chainHead);
    for (const name of PART_NAMES) {
      const { status } = await get(`/part/${name}?from=1000&to=11000&bins=10`);
      expect([name, status]).toEqual([name, 200]);
    }
    const { stdout } = await run(['report', 'connections', path, '--format', 'csv']);
    expect(stdout).toContain('203.0.113.7');
    expect((await get('/csv/connections')).body).toBe(stdout);
    writer.close();
  });

  it('is another where another took its place, and the one before while there is none', async () => {
    const path = await tapeOf(gaps);
    const other = await tapeOf(shapes);
    const get = await getter(await serve(path));
    const before = JSON.parse((await get('/head')).body) as Head;
    expect((await get('/csv/connections')).status).toBe(200);
    renameSync(path, `${path}.old`);
    const { status, body } = await get('/head');
    expect(status).toBe(500);
    expect(body).toContain('there is no such file');
    expect(body).not.toContain('/');
    const { from, to } = before.window;
    expect((await get(`/part/polls?from=${from}&to=${to}&bins=9`)).status).toBe(200);
    copyFileSync(other, path);
    const after = JSON.parse((await get('/head')).body) as Head;
    expect(after.chainHead).not.toBe(before.chainHead);
    const { stdout } = await run(['report', 'connections', other, '--format', 'csv']);
    expect((await get('/csv/connections')).body).toBe(stdout);
  });
});

describe('damage', () => {
  /** Changes what a frame holds, as nothing but damage does. */
  function damage(path: string): void {
    const db = new Database(path);
    const { changes } = db
      .prepare('UPDATE tape SET payload = zeroblob(length(payload)) WHERE seq > 2')
      .run();
    expect(changes).toBeGreaterThan(0);
    db.close();
  }

  it('that is found while it is read is said, and the rest goes on', async () => {
    const path = await tapeOf(shapes);
    damage(path);
    const served = await serve(path);
    const get = await getter(served);
    const { window } = JSON.parse((await get('/head')).body) as Head;
    const query = `from=${window.from}&to=${window.to}&bins=10`;
    for (const url of [`/part/lanes?${query}`, '/csv/asymmetry', `/moment?at=${window.to}`]) {
      const { status, headers, body } = await get(url);
      expect([url, status]).toEqual([url, 500]);
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(body).toMatch(/^reading the recording: item \d+ of the tape.* is damaged/);
      expect(body).not.toContain(path);
    }
    expect((await get(`/part/polls?${query}`)).status).toBe(200);
    expect((await get('/head')).status).toBe(200);
    expect(served.told).toEqual([expect.stringMatching(/^reading the recording: item \d+ of/)]);
  });

  it('in the midst of a report breaks it off', async () => {
    const path = longTape();
    const db = new Database(path);
    db.prepare("UPDATE tape SET payload = x'00' WHERE seq = (SELECT max(seq) FROM tape)").run();
    db.close();
    const served = await serve(path);
    const response = await begun(served.port, LONG, { headers: await cookieOf(served) });
    expect(response.statusCode).toBe(200);
    response.resume();
    const [error] = await once(response, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(response.complete).toBe(false);
  });

  it('of the file ends nothing but what needs it', async () => {
    const path = await tapeOf(shapes);
    const get = await getter(await serve(path));
    truncateSync(path, 4096);
    const { status, body } = await get('/head');
    expect(status).toBe(500);
    expect(body).not.toContain(path);
    expect((await get('/')).status).toBe(200);
  });
});

function iso(at: number): string {
  return new Date(at).toISOString();
}
