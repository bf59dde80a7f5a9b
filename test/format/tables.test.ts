/** docs/recording-format.md names every table, every column and every view that a recording has. */
import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { createSchema } from '../../src/recording/schema.ts';

const DOCUMENT = readFileSync(new URL('../../docs/recording-format.md', import.meta.url), 'utf8');

/** The columns of each table, in their order. */
type Tables = Record<string, string[]>;

function documented(): Tables {
  const found = DOCUMENT.matchAll(/^\| table `(\w+)` \|.*\n\|---\|---\|\n((?:\|.*\n)+)/gm);
  return Object.fromEntries(
    [...found].map(([, table, rows]) => {
      const columns = rows!.trimEnd().split('\n');
      return [table!, columns.map((row) => /^\| `(\w+)` \|/.exec(row)![1]!)];
    }),
  );
}

const db = new Database(':memory:');
createSchema(db);

function namesOf(type: 'table' | 'view'): string[] {
  return db
    .prepare<[string], string>('SELECT name FROM sqlite_schema WHERE type = ?')
    .pluck()
    .all(type);
}

it('every table with its columns', () => {
  const columns = db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck();
  const made: Tables = Object.fromEntries(
    namesOf('table').map((name) => [name, columns.all(name)]),
  );
  expect(documented()).toEqual(made);
});

it('every view', () => {
  for (const name of namesOf('view')) expect(DOCUMENT).toContain(`\`${name}\``);
});
