/**
 * Recordings that the harness of damage works on: small, and with something in every table.
 * Owns making them; what is done to them is damages.ts's.
 */
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import * as cases from '../oracle/cases.ts';
import { importInto, itemsOf, openWriter } from '../recording/tapes.ts';

/** The files of a recording, by what follows its name. */
export const FILES = ['', '-wal', '-shm'] as const;

const RELAY = 'AB'.repeat(20);
const SNAPSHOTS = 14;
const SECOND_MS = 1000;

/** Snapshots taken in a row, ten seconds apart. */
function iso(second: number): string {
  return new Date(cases.MIDNIGHT + second * SECOND_MS).toISOString();
}

/** Transcripts in which connections come, go, come back, carry circuits, and Tor starts again. */
function eventful(entries: number): string[] {
  const lines = [cases.restart[0]!];
  for (let number = 0; number < SNAPSHOTS; number++) {
    const second = number * 10;
    const isAfterRestart = number >= 10;
    const uptime = isAfterRestart ? second - 95 : second + 100;
    const conn = ['1 0 0 0 0 0 IRt 1 1 2'];
    for (let index = 0; index < entries; index++) {
      const connId = index + Math.floor((number + index) / 5) * entries + 10;
      const born = Math.max(0, (number + index) % 5) * 10 + 1;
      const peer = index % 3 === 0 ? `${RELAY} 198.51.100.${index % 250} 9001 443` : '0 0 0 0';
      const flags = number === 4 && index % 7 === 0 ? 'ORT' : 'IRt';
      conn.push(`${connId} 0 ${peer} ${flags} ${number * 514} ${number * index} ${born}`);
      if (index % 4 === 0) conn.push(`${connId} ${index + 1} ${peer} ${flags} 514 514 ${born}`);
    }
    if (number % 3 !== 1) conn.push(`2 7 0 0 0 0 IRt 1 1 ${second + 5}`);
    conn.push('bad line', `3 ${number} 0 192.168.1.3 80 4 ORt 1 2 3`);
    const events =
      number === 0
        ? []
        : [
            { at: iso(second - 6), conn_id: 5000 + number, what: 'opened' },
            { at: iso(second - 5), conn_id: 5000 + number, what: 'closed', reason: 'DONE' },
          ];
    const info = { 'info/uptime-process': String(uptime), 'info/descriptor-used': `${number}` };
    lines.push(JSON.stringify({ at: iso(second), conn: conn.join('\n'), info, events }));
    if (number === 6) {
      const gap = { from: iso(second + 1), to: iso(second + 8), reason: 'control port closed' };
      lines.push(JSON.stringify({ gap }));
    }
  }
  return lines;
}

export interface Sound {
  readonly name: string;
  readonly path: string;
}

/** An import with few entries, one whose tables have several levels, one that was not closed. */
export async function soundRecordings(folder: string): Promise<Sound[]> {
  const small = join(folder, 'small.tape');
  await importInto(small, eventful(6));
  const deep = join(folder, 'deep.tape');
  await importInto(deep, eventful(300));
  return [
    { name: 'small', path: small },
    { name: 'deep', path: deep },
    { name: 'with a log', path: await killed(folder) },
  ];
}

/** As a recorder that is killed leaves its files: half of it in the log. */
async function killed(folder: string): Promise<string> {
  const recorded = join(folder, 'recorded.tape');
  const path = join(folder, 'killed.tape');
  const { header, items } = await itemsOf(eventful(20));
  const half = Math.floor(items.length / 2);
  const first = openWriter(recorded, header);
  for (const item of items.slice(0, half)) first.append(item);
  first.close();
  const second = openWriter(recorded, header);
  for (const item of items.slice(half)) second.append(item);
  for (const suffix of FILES) {
    if (existsSync(recorded + suffix)) copyFileSync(recorded + suffix, path + suffix);
  }
  second.close();
  return path;
}
