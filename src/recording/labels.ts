/**
 * Labels ↔ columns of a frame.
 * Owns how the fields of a label are written; not which rows are.
 */
import type { Label } from '../listing/label.ts';
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

  /** The columns as blocks, in the order in which `readLabels` takes them. */
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

/** The labels of the rows that a frame writes anew, column by column. */
export interface NewLabels {
  readonly connId: Float64Array;
  readonly circId: Float64Array;
  /** Numbers of peers. */
  readonly peer: Float64Array;
  readonly port: Float64Array;
  readonly lPort: Float64Array;
  flags(index: number): string;
  extra(index: number): string;
}

/** The inverse of `LabelWriter`. @param count of rows; throws `damaged` where they are not there. */
export function readLabels(input: ByteReader, count: number): NewLabels {
  const steps = new ByteReader(input.block());
  const connId = new Float64Array(count);
  let last = 0;
  for (let index = 0; index < count; index++) {
    const back = steps.uint() === 1;
    const step = steps.uint();
    last += back ? -step : step;
    connId[index] = last;
  }
  const column = () => new ByteReader(input.block()).uints(count);
  const [circId, peer, port, lPort] = [column(), column(), column(), column()];
  const [flags, extra] = [column(), column()];
  const words: string[] = [];
  const wordCount = input.uint();
  if (wordCount > MAX_WORDS) throw damaged(`it claims ${wordCount} words`);
  for (let index = 0; index < wordCount; index++) words.push(textOf(input.block()));
  for (const numbers of [flags, extra]) {
    if (numbers.some((number) => number >= wordCount)) {
      throw damaged('it refers to a word that it does not hold');
    }
  }
  return {
    ...{ connId, circId, peer, port, lPort },
    flags: (index) => words[flags[index]!]!,
    extra: (index) => words[extra[index]!]!,
  };
}

/** The numbers of the peers that labels refer to, each once, ascending. */
export function peersOf({ peer }: NewLabels): number[] {
  return [...new Set(peer.toSorted())];
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}
