/** Transcripts into recordings, and what `info` says of them. */
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { addresses, disorder, gaps, nothing, restart, stillOpen } from '../oracle/cases.ts';
import { HEADER, openWriter, temporaryFolder, writeTranscript } from '../recording/tapes.ts';
import { run } from './running.ts';

function files() {
  const folder = temporaryFolder();
  return { folder, transcript: join(folder, 'a.jsonl'), tape: join(folder, 'a.tape') };
}

async function imported(lines: readonly string[], ...options: string[]) {
  const { transcript, tape, folder } = files();
  writeTranscript(transcript, lines);
  const ran = await run(['import', transcript, tape, ...options]);
  expect(ran.code).toBe(0);
  return { tape, folder, ran, info: (await run(['info', tape])).stdout };
}

async function replayed(tape: string): Promise<string> {
  return (await run(['replay', tape, '--format', 'transcript'])).stdout;
}

describe('import', () => {
  it('makes a recording of its own mode and nothing beside it', async () => {
    const { tape, folder, ran } = await imported(stillOpen);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toMatch(
      /^conntape: imported 3 snapshots into .*, chain head [0-9a-f]{64}\n$/,
    );
    expect(statSync(tape).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual(['a.jsonl', 'a.tape']);
  });

  it('reads the same from a file, a compressed file and standard input, compressed or not', async () => {
    const { folder, transcript, tape } = files();
    writeTranscript(transcript, restart);
    const text = readFileSync(transcript);
    // Known by its content, whatever it is called.
    writeFileSync(join(folder, 'b.jsonl'), gzipSync(text));
    expect((await run(['import', transcript, tape])).code).toBe(0);
    const inputs = [
      { from: join(folder, 'b.jsonl'), stdin: '' },
      { from: '-', stdin: text },
      { from: '-', stdin: gzipSync(text) },
    ];
    for (const [index, { from, stdin }] of inputs.entries()) {
      const other = join(folder, `${index}.tape`);
      const ran = await run(['import', from, other], { stdin });
      expect([index, ran.code, ran.stderr]).toEqual([index, 0, expect.stringMatching('imported')]);
      expect(await replayed(other)).toBe(await replayed(tape));
    }
  });

  it.each([
    ['{"at":"2026-11-23T00:00:10Z","conn"', 'it is not JSON'],
    ['[]', 'it is not a JSON object'],
    ['{"at":"2026-11-23T00:00:10Z"}', 'it has neither conn nor gap'],
    ['{"at":"yesterday","conn":""}', 'at is not an ISO 8601 time'],
    ['{"gap":{"from":"2026-11-23T00:00:10Z","to":"2026-11-23T00:00:09Z"}}', 'the gap ends before'],
    ['{"at":"2026-11-23T00:00:00Z","conn":""}', 'at is not after the snapshot before'],
    ['{"at":"2026-02-30T00:00:10Z","conn":""}', 'at is not a time: there is no 2026-02-30'],
  ])('puts the line that is wrong aside, and goes on: %s', async (line, cause) => {
    // The empty line counts, the snapshot of 0 s is line 3, the wrong one line 4.
    const lines = [stillOpen[0]!, '', stillOpen[1]!, line, stillOpen[2]!, stillOpen[3]!];
    const { ran, info, tape } = await imported(lines);
    expect(ran.stderr).toContain(`conntape: line 4 was put aside: ${cause}`);
    expect(ran.stderr).toContain('1 lines were not well formed: see conntape info');
    expect(fact(info, 'quarantined')).toBe('1 lines');
    expect(info).toMatch(new RegExp(`^ +${cause}.*: \\(line 4 of the transcript\\)$`, 'm'));
    expect(await replayed(tape)).toBe(await replayed((await imported(stillOpen)).tape));
    expect((await run(['verify', tape, '--rebuild'])).code).toBe(0);
  });

  it('puts aside what was cut off while it was written', async () => {
    const { ran, info } = await imported([...stillOpen, '{"at":"2026-11-23T00:00:30Z","co']);
    expect(ran.stderr).toContain(`line ${stillOpen.length + 1} was put aside: it is not JSON`);
    expect(fact(info, 'snapshots')).toBe('3');
  });

  it('imports a transcript of which nothing could be read, and says so', async () => {
    const lines = [stillOpen[0]!, '{"at":"2026-02-30T08:00:00Z","conn":""}'];
    const { ran, info, tape } = await imported(lines);
    expect(ran.stderr).toContain('line 2 was put aside');
    expect([fact(info, 'snapshots'), fact(info, 'quarantined')]).toEqual(['0', '1 lines']);
    expect((await run(['verify', tape, '--rebuild'])).code).toBe(0);
  });

  it('tells the first lines of many, and refuses what is no transcript', async () => {
    const { folder, transcript, tape } = files();
    const many = (count: number) => Array.from({ length: count }, () => 'nothing');
    writeTranscript(transcript, [...stillOpen, ...many(1001)]);
    const ran = await run(['import', transcript, tape]);
    expect([ran.code, ran.stderr]).toEqual([
      2,
      expect.stringContaining(`line ${stillOpen.length + 1001}: it is not JSON`),
    ]);
    expect(readdirSync(folder)).toEqual(['a.jsonl']);
    writeTranscript(transcript, [stillOpen[0]!, ...many(1000), stillOpen[1]!, ...many(1000)]);
    const put = await run(['import', transcript, tape]);
    expect(put.code).toBe(0);
    expect(put.stderr.match(/was put aside/g)).toHaveLength(5);
    expect(fact((await run(['info', tape])).stdout, 'quarantined')).toBe('2000 lines');
  });

  it('reads a byte order mark as nothing, in UTF-8, and says of UTF-16 that it is that', async () => {
    const { folder, transcript, tape } = files();
    writeTranscript(transcript, stillOpen);
    const text = readFileSync(transcript);
    const marked = Buffer.concat([Buffer.from('\ufeff'), text]);
    await run(['import', transcript, tape]);
    for (const [index, bytes] of [marked, gzipSync(marked)].entries()) {
      const other = join(folder, `${index}.tape`);
      expect((await run(['import', '-', other], { stdin: bytes })).code).toBe(0);
      expect(await replayed(other)).toBe(await replayed(tape));
    }
    for (const mark of ['\ufeff', '\ufffe']) {
      const stdin = Buffer.from(mark + text.toString(), 'utf16le');
      const ran = await run(['import', '-', join(folder, 'c.tape')], { stdin });
      expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('it is UTF-16')]);
    }
  });

  it('reads a leap second as the second after', async () => {
    const { info } = await imported([
      stillOpen[0]!,
      '{"at":"2016-12-31T23:59:55Z","conn":""}',
      '{"at":"2016-12-31T23:59:60.5Z","conn":""}',
    ]);
    expect(fact(info, 'window')).toBe(
      '2016-12-31T23:59:55.000Z to 2017-01-01T00:00:00.500Z (5s500ms)',
    );
  });

  it.each([
    ['', 'line 1: the transcript is empty'],
    ['\n\n', 'line 1: the transcript is empty'],
    [
      '{"transcript":2,"interval_s":10}',
      'line 1: it is not the header of a transcript of version 1',
    ],
    ['\n{"transcript":1,"interval_s":0}', 'line 2: interval_s is not a number'],
    ['{"transcript":1,"interval_s":1,"bytes":"both"}', 'line 1: bytes is neither'],
  ])('refuses the header %j', async (text, cause) => {
    const { folder, tape } = files();
    const ran = await run(['import', '-', tape], { stdin: text });
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toContain(cause);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses half of a compressed file', async () => {
    const { folder, transcript, tape } = files();
    const whole = gzipSync(`${restart.join('\n')}\n`);
    writeFileSync(transcript, whole.subarray(0, whole.length - 12));
    const ran = await run(['import', transcript, tape]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('unexpected end of file');
    expect(readdirSync(folder)).toEqual(['a.jsonl']);
  });

  it('never touches a file that is there', async () => {
    const { transcript, tape } = files();
    writeTranscript(transcript, stillOpen);
    writeFileSync(tape, 'mine');
    expect((await run(['import', transcript, tape])).code).toBe(2);
    expect(readFileSync(tape, 'utf8')).toBe('mine');
  });

  it('goes on after a broken import into the same file', async () => {
    const { transcript, tape } = files();
    writeFileSync(`${tape}.partial`, 'what a crash left');
    writeTranscript(transcript, stillOpen);
    expect((await run(['import', transcript, tape])).code).toBe(0);
    expect(existsSync(`${tape}.partial`)).toBe(false);
  });

  it('leaves an import into the same file that is under way alone', async () => {
    const { transcript, tape } = files();
    writeTranscript(transcript, stillOpen);
    const options = { durable: false, writtenBy: 'a test', now: () => 0 };
    const under = openWriter(`${tape}.partial`, HEADER, options);
    const second = await run(['import', transcript, tape]);
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('another process')]);
    under.close();
    renameSync(`${tape}.partial`, tape);
    expect((await run(['info', tape])).code).toBe(0);
  });
});

/** The fact of one line of `info`. */
function fact(info: string, name: string): string {
  return new RegExp(`^${name} +(.*)$`, 'm').exec(info)?.[1] ?? 'not told';
}

describe('info', () => {
  it('tells what a recording holds', async () => {
    const { info } = await imported(gaps);
    expect(fact(info, 'window')).toBe('2026-11-23T00:00:00.000Z to 2026-11-23T00:01:00.000Z (1m)');
    expect(fact(info, 'snapshots')).toBe('5');
    // 10 to 40 and 52 to 58.
    expect(fact(info, 'gaps')).toBe('2, 36s in all');
    // 2 + 2 + 4 + 4 + 3 lines.
    expect(fact(info, 'observations')).toBe('15');
    expect(fact(info, 'entries')).toBe('7, 3 of them open');
    expect(fact(info, 'source')).toBe('native, every 10s');
    expect(fact(info, 'bytes')).toMatch(/the connection's totals, exact as the source gave them$/);
    expect(fact(info, 'why connections close')).toMatch(/^not all observed: .* not why$/);
    expect(fact(info, 'chain head')).toMatch(/^[0-9a-f]{64}$/);
    expect(fact(info, 'size')).toMatch(/ kB, \d+\.\d\d bytes an observation$/);
  });

  it('counts the runs of Tor', async () => {
    expect(fact((await imported(restart)).info, 'runs of Tor')).toBe('2');
  });

  it('says that circuits could not be placed, and how many at once', async () => {
    const poll = (second: number, unplaced: string) =>
      JSON.stringify({
        at: `2026-11-23T00:00:0${second}Z`,
        conn: '',
        info: { 'conntape/unplaced-circuits': unplaced },
      });
    const polls = [poll(0, '0'), poll(1, '9'), poll(2, '11'), poll(3, 'x')];
    const { info } = await imported([...nothing, ...polls]);
    expect(fact(info, 'not placed')).toMatch(/^up to 11 circuits at once: /);
    expect(fact((await imported([...nothing, poll(0, '0')])).info, 'not placed')).toBe('not told');
  });

  it('shows lines that were put aside, without their addresses', async () => {
    const bad = JSON.stringify({
      at: '2026-11-23T00:00:10Z',
      conn: '7 0 0 203.0.113.7 443 9001 IRt 1 1\n8 0 0 2001:db8::8 443 9001 IRt x 1 1',
    });
    const { info, ran } = await imported([...disorder, bad]);
    // Nine of disorder's, two here.
    expect(fact(info, 'quarantined')).toBe('11 lines');
    expect(ran.stderr).toContain('11 lines were not well formed: see conntape info');
    expect((await imported([disorder[0]!, bad])).info).not.toMatch(/203\.0\.113|2001:db8/);
  });

  it('tells that a transcript without snapshots is empty', async () => {
    const { info } = await imported(nothing);
    expect(fact(info, 'window')).toBe('empty');
    expect(fact(info, 'snapshots')).toBe('0');
  });

  it('tells how coarse withheld bytes are', async () => {
    const lines = addresses.map((line) => line.replaceAll(' 1 2 3', ' 700 1537 3'));
    const { info, tape } = await imported(lines, '--round', '1024');
    expect(fact(info, 'bytes')).toMatch(/rounded to 1024 where the address is withheld$/);
    const listing = (await run(['replay', tape])).stdout;
    // 700 is nearer to 1024 than to 0; 1537 nearer to 2048 than to 1024. A relay's stay exact.
    expect(listing).toContain('5 0 0 0 0 0 IRt 1024 2048 3');
    expect(listing).toMatch(/^1 0 .* IRT 700 1537 3$/m);
  });
});
