/**
 * Whether a recording is whole: the file, the chain over its tape, the index beside it.
 * Owns the checks; what is printed of them is commands/verify.ts's.
 */
import { beginningOf, firstSeqOf, type TapeBeginning } from './beginning.ts';
import { Damaged, foundIn } from './damage.ts';
import { PeerTable } from './peerTable.ts';
import type { Recording } from './reader.ts';
import { Rebuild } from './rebuild.ts';
import type { Sqlite } from './sqlite.ts';
import { checkRows, checkTables, type SummedTable, summedTablesOf } from './sums.ts';
import { readFrom } from './tape.ts';

/** Something that is not as the recorder wrote it. */
export interface Damage {
  /** `the file`, `item 17 of the tape, of 2026-11-23T03:44:26.901Z,`, `the table run`. */
  readonly where: string;
  readonly what: string;
}

/** An item of the tape, and its time. */
export interface FoundItem {
  readonly seq: number;
  readonly at: number;
}

export interface Verification {
  readonly items: number;
  /** The link of the last item, 64 hex digits; undefined for an empty tape. */
  readonly head: string | undefined;
  /** In the order found; empty for a recording that is whole. */
  readonly damages: readonly Damage[];
  /** Where it begins, if its tape began earlier. */
  readonly beginning: TapeBeginning | undefined;
  /**
   * By links that were looked for, the items that have them, the last before the beginning among
   * them: those that no item before the first damage has are not there.
   */
  readonly found: ReadonlyMap<string, FoundItem>;
}

export interface VerifyOptions {
  /** Whether to derive the index again and compare it. */
  readonly rebuild: boolean;
  /** Links to look for, 64 hex digits in lower case each. */
  readonly heads?: ReadonlySet<string>;
  /** Called with how many items of how many were checked. */
  readonly progress: (items: number, of: number) => void;
}

/** So much is said of a damaged file; the rest follows from the first. */
const MAX_DAMAGES = 20;

/**
 * Checks a recording from end to end, as of one moment; nothing is thrown for damage. A recording
 * that was forged with care, its chain and its sums too, is exposed by a head kept elsewhere.
 */
export function verifyRecording(recording: Recording, options: VerifyOptions): Verification {
  const db = recording.unchecked;
  db.exec('BEGIN');
  try {
    return verified(db, options);
  } finally {
    // A page that makes no sense lets no transaction commit, not even one that wrote nothing.
    if (db.inTransaction) db.exec('ROLLBACK');
  }
}

function verified(db: Sqlite, options: VerifyOptions): Verification {
  const damages = fileDamages(db);
  // The pages of a file that is whole were walked just now.
  const check = (table: SummedTable) =>
    damages.length === 0 ? checkRows(db, table) : checkTables(db, [table]);
  damages.push(...summedTablesOf(db).flatMap((table) => damageIn(() => check(table))));
  // Damaged rows are nothing to begin with.
  const canRebuild = options.rebuild && (damages.length === 0 || firstSeqOf(db) === 1);
  const rebuilt = canRebuild ? new Rebuild(db) : undefined;
  try {
    const walk = new Walk(db, options, rebuilt);
    const onTheWay = damageIn(() => walk.go());
    damages.push(...onTheWay, ...walk.strangers);
    // What a damaged tape gives says nothing of the index.
    if (rebuilt !== undefined && onTheWay.length === 0) {
      damages.push(...rebuilt.differences().flatMap((differs) => damageIn(differs)));
    }
    const { items, head, found, beginning } = walk;
    return { items, head, found, beginning, damages: damages.slice(0, MAX_DAMAGES) };
  } finally {
    rebuilt?.close();
  }
}

/** What a check throws; nothing where it finds all as it was. */
function damageIn(check: () => void): Damage[] {
  try {
    check();
    return [];
  } catch (thrown) {
    const damage = foundIn(thrown);
    if (damage === undefined) throw thrown;
    return [damage];
  }
}

function fileDamages(db: Sqlite): Damage[] {
  const found: string[] = [];
  const failed = damageIn(() => {
    const rows = db.pragma(`integrity_check(${MAX_DAMAGES})`) as { integrity_check: string }[];
    found.push(...rows.map((row) => row.integrity_check).filter((text) => text !== 'ok'));
  });
  return [...found.map((what) => ({ where: 'the file', what })), ...failed];
}

/** The way along the whole tape. */
class Walk {
  items = 0;
  head: string | undefined;
  readonly found = new Map<string, FoundItem>();
  beginning: TapeBeginning | undefined;
  /** Sessions that are not of the relay, or not of the bytes, that the header row names. */
  readonly strangers: Damage[] = [];
  readonly #db: Sqlite;
  readonly #options: VerifyOptions;
  readonly #rebuilt: Rebuild | undefined;

  constructor(db: Sqlite, options: VerifyOptions, rebuilt: Rebuild | undefined) {
    this.#db = db;
    this.#options = options;
    this.#rebuilt = rebuilt;
  }

  /** Throws `damaged` for the first item that is not what was written. */
  go(): void {
    const db = this.#db;
    this.beginning = beginningOf(db);
    const first = firstSeqOf(db);
    if (this.beginning !== undefined) {
      const { seq, chain, to } = this.beginning;
      this.#reach(Buffer.from(chain), { seq, at: to });
    }
    const end = db.prepare<[], number>('SELECT seq FROM mark').pluck().get() ?? 0;
    const total = end - first + 1;
    const owner = db
      .prepare<[], { fingerprint: string; bytes: string }>(
        'SELECT fingerprint, bytes FROM recording',
      )
      .get();
    for (const read of readFrom(db, first, new PeerTable(db))) {
      const { row, item } = read;
      this.items++;
      this.#options.progress(this.items, total);
      this.#reach(row.chain, row);
      if (item.kind === 'session') {
        const { relay, bytes } = item.session.header;
        if (relay.fingerprint !== owner?.fingerprint || bytes !== owner.bytes) {
          this.strangers.push(STRANGER);
        }
      }
      this.#rebuilt?.take(read);
    }
    const early = db.prepare('SELECT count(*) FROM tape WHERE seq < ?').pluck().get(first);
    if (early !== 0) throw new Damaged('the tape', `${early} items stand before its first`);
  }

  #reach(link: Buffer, { seq, at }: FoundItem): void {
    this.head = link.toString('hex');
    if (this.#options.heads?.has(this.head) === true) this.found.set(this.head, { seq, at });
  }
}

const STRANGER: Damage = {
  where: 'the table recording',
  what: 'the relay, or what its bytes are, is not what the tape says',
};
