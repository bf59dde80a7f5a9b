/**
 * Recordings read by SQL alone, as people do it who have no conntape at hand.
 * Owns the shells; what they must answer is the tests'.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import Database from 'better-sqlite3';

export type Row = Record<string, unknown>;

export interface Shell {
  readonly name: string;
  /** The rows of one statement; parameters that are not given are NULL. */
  readonly ask: (path: string, sql: string, parameters?: Record<string, number>) => Row[];
}

const library: Shell = {
  name: 'the library',
  ask: (path, sql, parameters = {}) => {
    const db = new Database(path, { readonly: true });
    try {
      const named = [...sql.matchAll(/:([a-z_]+)/g)].map((match) => match[1]!);
      const values = Object.fromEntries(named.map((name) => [name, parameters[name] ?? null]));
      return db.prepare<[Row], Row>(sql).all(values);
    } finally {
      db.close();
    }
  },
};

const sqlite3: Shell = {
  name: 'sqlite3',
  ask: (path, sql, parameters = {}) => {
    const settings = Object.entries(parameters).map(
      ([name, value]) => `.param set :${name} ${value}\n`,
    );
    const input = `.param init\n${settings.join('')}${sql.trimEnd().replace(/;?$/, ';')}\n`;
    const output = execFileSync('sqlite3', ['-json', '-bail', '-readonly', path], {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return output === '' ? [] : (JSON.parse(output) as Row[]);
  },
};

/** Every shell there is on this machine; at least one. */
export const SHELLS: readonly Shell[] =
  spawnSync('sqlite3', ['--version']).status === 0 ? [library, sqlite3] : [library];
