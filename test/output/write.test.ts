import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConntapeError } from '../../src/error.ts';
import { ENGLISH } from '../../src/output/csv.ts';
import { type TEXT_FORMATS, writeTable, writeText } from '../../src/output/write.ts';
import { failingRows, SAMPLE, tableOf, textColumn } from './sampleTable.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conntape-write-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function textIn(format: (typeof TEXT_FORMATS)[number], options = {}): Promise<string> {
  const path = join(folder, `table.${format}`);
  const file = createWriteStream(path);
  await writeTable(SAMPLE, format, file, options);
  file.end();
  await once(file, 'close');
  return readFile(path, 'utf8');
}

/** Rows that never end, and whether they were closed. */
function endlessRows() {
  const state = { taken: 0, isClosed: false };
  function* rows() {
    try {
      for (;;) yield [`row ${state.taken++}`];
    } finally {
      state.isClosed = true;
    }
  }
  return { state, rows: rows() };
}

describe('writeTable', () => {
  it('writes each format', async () => {
    expect(await textIn('table')).toMatch(/^conn_id {2}opened_at .*\n {6}7 {2}2026/);
    expect(await textIn('csv')).toMatch(/^conn_id,.*\r\n7,2026-11-23T03:44:26.901Z,/);
    expect(await textIn('json')).toMatch(/^\[\n\{"conn_id":7,/);
    expect(await textIn('ndjson')).toMatch(/^\{"conn_id":7,.*\}\n\{"conn_id":12345,/);
  });

  it('hands its options on', async () => {
    expect(await textIn('csv', { excel: ENGLISH })).toMatch(/^\ufeffconn_id/);
    expect(await textIn('csv', { screen: { width: 80 } })).toContain('\\u001b');
    expect(await textIn('table', { screen: { width: 30 } })).toMatch(/^conn_id {2}opened_at\n/);
  });

  it('writes what is longer than one write', async () => {
    const rows = Array.from({ length: 20_000 }, (_, row) => [`row ${row}`]);
    const sink = new PassThrough();
    const read = sink.setEncoding('utf8').toArray();
    await writeTable(tableOf([textColumn('a')], rows), 'ndjson', sink);
    sink.end();
    expect((await read).join('').trimEnd().split('\n')).toEqual(
      rows.map(([text]) => JSON.stringify({ a: text })),
    );
  });

  it('throws what the rows throw and leaves the stream open', async () => {
    const sink = new PassThrough().resume();
    const table = tableOf([textColumn('a')], failingRows([], new Error('torn')));
    await expect(writeTable(table, 'csv', sink)).rejects.toThrow('torn');
    expect(sink.writable).toBe(true);
    expect(sink.listenerCount('error')).toBe(0);
  });
});

describe('writeText', () => {
  it('takes no more than the stream does', async () => {
    const taken: string[] = [];
    const waiting: (() => void)[] = [];
    const slow = new Writable({ write: (_chunk, _encoding, done) => void waiting.push(done) });
    function* texts() {
      for (const text of ['a', 'b', 'c']) {
        taken.push(text);
        yield text;
      }
    }
    const done = writeText(texts(), slow);
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    await turn();
    expect(taken).toEqual(['a']);
    waiting.shift()!();
    await turn();
    expect(taken).toEqual(['a', 'b']);
    waiting.shift()!();
    await turn();
    waiting.shift()!();
    await done;
    expect(taken).toEqual(['a', 'b', 'c']);
    expect(slow.listenerCount('error')).toBe(0);
  });

  it('ends quietly when the reader has gone, and closes the source', async () => {
    const path = join(folder, 'reader.sock');
    const server = createServer((socket) => {
      socket.once('data', () => socket.destroy());
    }).listen(path);
    await once(server, 'listening');
    const pipe = createConnection(path);
    await once(pipe, 'connect');
    const { state, rows } = endlessRows();
    await writeTable(tableOf([textColumn('a')], rows), 'csv', pipe);
    expect(state.isClosed).toBe(true);
    // A second table into the same pipe is as quiet.
    await writeTable(SAMPLE, 'csv', pipe);
    pipe.destroy();
    server.close();
  });

  it('tells that a file cannot be written', async () => {
    const file = createWriteStream(join(folder, 'nowhere', 'x.csv'));
    const writing = writeTable(SAMPLE, 'csv', file);
    await expect(writing).rejects.toThrow(ConntapeError);
    await expect(writing).rejects.toMatchObject({ kind: 'recording' });
    await expect(writing).rejects.toThrow(/^writing the output: ENOENT/);
  });
});
