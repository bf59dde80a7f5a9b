/** Workbooks from the command line: which there are, what is in them, where none can be. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { restart } from '../oracle/cases.ts';
import { partsOf } from '../output/xlsx/unzipped.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { REPORT_NAMES } from './reportNames.ts';
import { run } from './running.ts';

async function recorded(): Promise<string> {
  const tape = join(temporaryFolder(), 'a.tape');
  await importInto(tape, restart);
  return tape;
}

describe('export --format xlsx', () => {
  it('writes one workbook, with a sheet a report and the charts, named as the recording', async () => {
    const tape = await recorded();
    const dir = join(temporaryFolder(), 'new', 'deeper');
    const ran = await run(['export', tape, dir, '--format', 'xlsx']);
    expect([ran.code, ran.stdout]).toEqual([0, '']);
    expect(readdirSync(dir)).toEqual(['a.xlsx']);
    expect(ran.stderr).toContain(`tables and their charts into ${join(dir, 'a.xlsx')}`);
    const parts = partsOf(readFileSync(join(dir, 'a.xlsx')));
    const sheets = [...parts.get('xl/workbook.xml')!.matchAll(/<sheet name="([^"]*)"/g)];
    expect(sheets.map(([, name]) => name)).toEqual([
      ...['charts', ...REPORT_NAMES, 'snapshots', 'info', 'gaps', 'runs', 'over_time'],
    ]);
    const { stdout } = await run(['report', 'connections', tape, '--format', 'csv']);
    const rows = stdout.trimEnd().split('\r\n').length;
    expect(parts.get('xl/worksheets/sheet1.xml')).toContain(`${rows}"/></worksheet>`);
  });

  it('takes no form of CSV for a workbook', async () => {
    const args = ['--format', 'xlsx', '--locale', 'de'];
    const ran = await run(['export', await recorded(), temporaryFolder(), ...args]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('--excel and --locale are forms of CSV');
  });
});

describe('a report as a workbook', () => {
  it('is written where --output names one, and where it is asked for', async () => {
    const tape = await recorded();
    const folder = temporaryFolder();
    const [named, asked] = [join(folder, 'a.XLSX'), join(folder, 'b')];
    await run(['report', 'connections', tape, '--output', named]);
    await run(['report', 'connections', tape, '--format', 'xlsx', '--output', asked]);
    expect(readFileSync(named).equals(readFileSync(asked))).toBe(true);
    const parts = partsOf(readFileSync(named));
    expect([...parts.keys()]).toContain('xl/worksheets/sheet1.xml');
    expect([...parts.keys()].join()).not.toContain('chart');
  });

  it('has the columns and rows that are asked for', async () => {
    const file = join(temporaryFolder(), 'a.xlsx');
    const args = [
      '--columns',
      'conn_id,flags',
      '--sort',
      '-conn_id',
      '--limit',
      '1',
      '--output',
      file,
    ];
    await run([
      'report',
      'connections',
      await recorded(),
      ...args.map((arg) => arg.replace('flags', 'type_flags')),
    ]);
    const sheet = partsOf(readFileSync(file)).get('xl/worksheets/sheet1.xml');
    expect(sheet).toContain('<autoFilter ref="A1:B2"/>');
  });

  it('holds all reports with charts, or none where rows are left out', async () => {
    const tape = await recorded();
    const file = join(temporaryFolder(), 'a.xlsx');
    const namesWith = async (...args: string[]) => {
      const { code, stderr } = await run(['report', 'all', tape, '--output', file, ...args]);
      expect(code, stderr).toBe(0);
      const workbook = partsOf(readFileSync(file)).get('xl/workbook.xml')!;
      return [...workbook.matchAll(/<sheet name="([^"]*)"/g)].map(([, name]) => name);
    };
    expect(await namesWith()).toEqual(['charts', ...REPORT_NAMES, 'over_time']);
    expect(await namesWith('--limit', '3')).toEqual(REPORT_NAMES);
  });

  it('is not for a terminal, and says so before anything is computed', async () => {
    const tape = await recorded();
    const args = ['report', 'churn', tape, '--format', 'xlsx'];
    const { code, stdout, stderr } = await run(args, { isTerminal: true });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--output FILE.xlsx');
    expect((await run(args)).stdout.slice(0, 2)).toBe('PK');
  });

  it('ends quietly when nobody reads on', async () => {
    const args = ['report', 'churn', await recorded(), '--format', 'xlsx'];
    const { code, stderr } = await run(args, { breaks: { after: 1, code: 'EPIPE' } });
    expect([code, stderr.includes('EPIPE')]).toEqual([0, false]);
  });

  it.each([
    ['--format', 'json'],
    ['--output', 'a.xlsx'],
  ])('has no use for forms of CSV, and neither has %s %s', async (...option) => {
    const args = ['report', 'churn', await recorded(), '--excel', ...option];
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toContain('--excel and --locale are forms of CSV');
  });
});
