/** `report html`: the file that it writes, and where it writes none. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Embedded } from '../../src/page/parts.ts';
import { restart } from '../oracle/cases.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { REPORT_NAMES } from './reportNames.ts';
import { run } from './running.ts';

async function recorded(lines: readonly string[] = restart): Promise<string> {
  const tape = join(temporaryFolder(), 'a.tape');
  await importInto(tape, lines);
  return tape;
}

function embeddedIn(html: string): Embedded {
  const [, data] = /id="data">([^<]*)<\/script>/.exec(html)!;
  return JSON.parse(inflateSync(Buffer.from(data!, 'base64')).toString()) as Embedded;
}

/** Reports whose rows a page does not hold: their pictures stand in its parts. */
const NOT_HELD = ['concentration', 'metrics'];

describe('report html', () => {
  it('holds the CSV of every report as it is printed, of a window too', async () => {
    const tape = await recorded();
    for (const window of [[], ['--from', '+20s', '--to', '+60s']]) {
      const ran = await run(['report', 'html', tape, ...window]);
      expect(ran.code).toBe(0);
      const { csv, head } = embeddedIn(ran.stdout);
      expect(Object.keys(csv).sort()).toEqual(
        REPORT_NAMES.filter((name) => !NOT_HELD.includes(name)).sort(),
      );
      for (const [name, text] of Object.entries(csv)) {
        const args = ['report', name, tape, '--format', 'csv', ...window];
        expect(text).toBe((await run(args)).stdout);
      }
      expect(head.leftOut).toEqual([]);
    }
  });

  it('admits its own script and style, by their hashes, and asks nobody for anything', async () => {
    const { stdout: html } = await run(['report', 'html', await recorded()]);
    const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(html)!;
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const [, style] = /<style>([\s\S]*?)<\/style>/.exec(html)!;
    const [, script] = /<script>([\s\S]*?)<\/script>/.exec(html)!;
    expect(policy).toContain(`script-src ${hash(script!)};`);
    expect(policy).toContain(`style-src ${hash(style!)};`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('connect-src');
    expect(policy).not.toContain('unsafe');
    const outside = html.replace(script!, '').replace(style!, '');
    expect(outside).not.toMatch(/\b(?:src|href)="(?!data:,")|\son\w+=|style="|https?:/);
  });

  it('says a hostile nickname as text', async () => {
    const [header, ...rest] = restart;
    const hostile = '</script><script>alert(1)</script>"&';
    const relay = { ...JSON.parse(header!).relay, nickname: hostile };
    const lines = [JSON.stringify({ ...JSON.parse(header!), relay }), ...rest];
    const { stdout: html } = await run(['report', 'html', await recorded(lines)]);
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).not.toContain('alert(1)</script>');
    expect(embeddedIn(html).head.relay.nickname).toBe(hostile);
  });

  it('is one file, whole or not there', async () => {
    const tape = await recorded();
    const file = join(temporaryFolder(), 'incident.html');
    const ran = await run(['report', 'html', tape, '--output', file]);
    expect([ran.code, ran.stdout]).toEqual([0, '']);
    expect(readFileSync(file, 'utf8')).toMatch(/<\/html>\n$/);
    const missing = join(temporaryFolder(), 'no', 'such', 'folder.html');
    expect((await run(['report', 'html', tape, '--output', missing])).code).toBe(2);
    expect(existsSync(missing)).toBe(false);
    const over = await run(['report', 'html', tape, '--output', tape]);
    expect([over.code, readdirSync(join(tape, '..'))]).toEqual([2, ['a.tape']]);
  });

  it('is not printed on a terminal', async () => {
    const ran = await run(['report', 'html', await recorded()], { isTerminal: true });
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toContain('--output FILE.html');
    expect(ran.stderr).toContain('conntape view');
  });

  it('refuses options that a page has no use for', async () => {
    const tape = await recorded();
    for (const stray of [
      ['--bucket', '1h'],
      ['--format', 'csv'],
      ['--circuit', '5'],
      ['--sort', 'ip'],
      ['--excel'],
    ]) {
      const ran = await run(['report', 'html', tape, ...stray]);
      expect(ran.code).toBe(2);
      expect(ran.stderr).toContain(`${stray[0]}: a page has no use for it`);
    }
  });
});
