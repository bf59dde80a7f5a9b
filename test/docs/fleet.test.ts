/** docs/fleet.md against the program: the tables of a fleet's files, and the questions that ship. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FLEET_SCHEMA, FLEET_TABLES, type FleetColumn } from '../../src/fleet/schema.ts';
import { headingsOf, rowsOf, sectionOf, textAt } from './documents.ts';

const DOCUMENT = textAt('docs/fleet.md');

describe('docs/fleet.md', () => {
  it('has every table, in order', () => {
    const tables = Object.keys(FLEET_TABLES);
    expect(headingsOf(DOCUMENT).filter((heading) => /^[a-z]+$/.test(heading))).toEqual(tables);
  });

  it.each(Object.entries(FLEET_TABLES))(
    'has the columns of %s, with their types, in order',
    (name, columns) => {
      const rows = rowsOf(sectionOf(DOCUMENT, name), 'column');
      expect(rows.map(([column, type]) => [column, type])).toEqual(
        columns.map((column: FleetColumn) => [
          column.name,
          `${column.type}${column.optional === true ? '?' : ''}`,
        ]),
      );
    },
  );

  it('has the version of the schema', () => {
    expect(DOCUMENT).toContain(`\`schema\` (now ${FLEET_SCHEMA})`);
  });

  it('has every question that ships, and what it asks', () => {
    const asked = rowsOf(sectionOf(DOCUMENT, 'Questions'), 'file');
    const files = readdirSync(new URL('../../queries/fleet/', import.meta.url));
    expect(asked.map(([file]) => file).sort()).toEqual(
      files.filter((file) => !['views.sql', 'duckdb.sql'].includes(file)).sort(),
    );
    for (const [file, question] of asked) {
      const [first] = textAt(`queries/fleet/${file}`).split('\n');
      const [asks] = question!.split(';');
      expect(first!.toLowerCase()).toContain(`${asks!.split(' ').slice(-3).join(' ')}?`);
    }
  });
});
