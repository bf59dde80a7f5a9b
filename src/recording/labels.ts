/**
 * Labels ↔ columns of a frame.
 * Owns how the fields of a label are written; not which rows are.
 */
import { Label } from '../listing/label.ts';
import { MAX_LINES } from '../listing/parse.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { damaged } from './damage.ts';
import type { PeerBook } from './peers.ts';

/** Flags and extra fields: two words a line at most. */
const MAX_WORDS = 2 * MAX_LINES;

/** Gathers labels column by column. */
export class LabelWriter {
  readonly #book: PeerBook;
  readonly #connIds = new ByteWriter();
  readonly #circIds = new ByteWriter();
  readonly #peers = new ByteWriter();
  readonly #ports = new ByteWriter();
  readonly #lPorts = new ByteWriter();
  readonly #flags = new ByteWriter();
  readonly #extras = new ByteWriter();
  /** Flags and extra fields, each written once a frame. */
  readonly #words = new Map<string, number>();
  readonly #used = new Set<number>();
  #connId = 0;

  constructor(book: PeerBook) {
    this.#book = book;
  }

  write(label: Label): void {
    // Twice the distance, and one more where it is a step back: no sign to fold in, so that
    // identities up to 2^53 − 1 stay exact.
    const step = label.connId - this.#connId;
    this.#connIds.uint(step < 0 ? 1 : 0);
    this.#connIds.uint(Math.abs(step));
    this.#connId = label.connId;
    this.#circIds.uint(label.circId);
    const peer = this.#book.numberOf(label.orId, label.ip);
    this.#used.add(peer);
    this.#peers.uint(peer);
    this.#ports.uint(label.port);
    this.#lPorts.uint(label.lPort);
    this.#flags.uint(this.#word(label.flags));
    this.#extras.uint(this.#word(label.extra));
  }

  /** Numbers of the peers that were written, ascending. */
  peers(): number[] {
    return [...this.#used].sort((a, b) => a - b);
  }

  /** The columns as blocks, in the order in which `LabelReader` takes them. */
  writeTo(out: ByteWriter): void {
    const columns = [this.#connIds, this.#circIds, this.#peers, this.#ports, this.#lPorts];
    for (const column of [...columns, this.#flags, this.#extras]) out.block(column.bytes());
    out.uint(this.#words.size);
    for (const word of this.#words.keys()) out.block(Buffer.from(word));
  }

  #word(word: string): number {
    const known = this.#words.get(word);
    if (known !== undefined) return known;
    this.#words.set(word, this.#words.size);
    return this.#words.size - 1;
  }
}

/** Reads labels in the order in which they were written. */
export class LabelReader {
  readonly #book: PeerBook;
  readonly #connIds: ByteReader;
  readonly #circIds: ByteReader;
  readonly #peers: ByteReader;
  readonly #ports: ByteReader;
  readonly #lPorts: ByteReader;
  readonly #flags: ByteReader;
  readonly #extras: ByteReader;
  readonly #words: string[] = [];
  readonly #used = new Set<number>();
  #connId = 0;

  constructor(input: ByteReader, book: PeerBook) {
    this.#book = book;
    const column = () => new ByteReader(input.block());
    this.#connIds = column();
    this.#circIds = column();
    this.#peers = column();
    this.#ports = column();
    this.#lPorts = column();
    this.#flags = column();
    this.#extras = column();
    const words = input.uint();
    if (words > MAX_WORDS) throw damaged(`it claims ${words} words`);
    for (let index = 0; index < words; index++) {
      this.#words.push(Buffer.from(input.block()).toString());
    }
  }

  read(): Label {
    const back = this.#connIds.uint() === 1;
    const step = this.#connIds.uint();
    this.#connId += back ? -step : step;
    const number = this.#peers.uint();
    this.#used.add(number);
    const { orId, ip } = this.#book.peer(number);
    const circId = this.#circIds.uint();
    return Label.of({
      connId: this.#connId,
      circId,
      orId,
      ip,
      port: this.#ports.uint(),
      lPort: this.#lPorts.uint(),
      flags: this.#word(this.#flags),
      extra: this.#word(this.#extras),
    });
  }

  /** Numbers of the peers that were read, ascending. */
  peers(): number[] {
    return [...this.#used].sort((a, b) => a - b);
  }

  #word(column: ByteReader): string {
    const word = this.#words[column.uint()];
    if (word === undefined) throw damaged('it refers to a word that it does not hold');
    return word;
  }
}
