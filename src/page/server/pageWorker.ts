/**
 * Workers from outside: whose turn it is, what one makes as it comes, and its end.
 * Owns the threads; what is made in them is worker.ts's.
 */
import { Worker } from 'node:worker_threads';
import type { FromWorker, Order, ToWorker, Workplace } from './orders.ts';
import { Refused, refusalOf } from './refusal.ts';

/** As it lies beside this file, compiled or not. */
const THREAD = new URL(
  `./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
);

/** A thread that was told to stop, and is in the midst of what cannot be stopped, is ended after this. */
const STOPPING_MS = 400;

/** What a thread that rests may hold; one that took more for an order gives it back by its end. */
const RESTING_BYTES = 192 * 2 ** 20;

/** Orders that wait for a worker: several pages, each with all its views. */
const MAX_WAITING = 32;

export interface Ordered {
  readonly order: Order;
  readonly generation: number;
  /** Called with the time of a snapshot, as the tape is played. */
  readonly onSnapshot?: (at: number) => void;
}

/** Some workers, and the orders that wait for one. */
export class Crew {
  readonly #workplace: Workplace;
  readonly #most: number;
  readonly #idle: Hand[] = [];
  readonly #all = new Set<Hand>();
  readonly #waiting: ((hand: Hand) => void)[] = [];

  /** @param most how many there are at once, each made when it is needed first. */
  constructor(workplace: Workplace, most: number) {
    this.#workplace = workplace;
    this.#most = most;
  }

  /** How many of them work. */
  get busy(): number {
    return this.#all.size - this.#idle.length;
  }

  /** Makes one before it is needed, where there is none. */
  prepare(): void {
    if (this.#all.size === 0) this.#idle.push(this.#hire());
  }

  /**
   * What is ordered, piece by piece as it is read. A reader that stops, or a signal that aborts, cancels it,
   * also while it waits. Throws `Refused` where it cannot be made, where too many wait, and where it was
   * cancelled.
   */
  async *make(ordered: Ordered, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const hand = await this.#turn(signal);
    try {
      yield* hand.make(ordered, signal);
    } finally {
      this.#release(hand);
    }
  }

  /** Resolves when all have ended. Whatever is under way must have been cancelled. */
  async close(): Promise<void> {
    await Promise.all([...this.#all].map((hand) => hand.end()));
    this.#all.clear();
    this.#idle.length = 0;
  }

  #hire(): Hand {
    const hand = new Hand(this.#workplace);
    this.#all.add(hand);
    return hand;
  }

  async #turn(signal: AbortSignal): Promise<Hand> {
    if (signal.aborted) throw unwanted();
    const idle = this.#idle.pop() ?? (this.#all.size < this.#most ? this.#hire() : undefined);
    if (idle !== undefined) return idle;
    if (this.#waiting.length >= MAX_WAITING)
      throw new Refused({ status: 503, text: 'Too much is asked at once.' });
    return await new Promise<Hand>((resolve, reject) => {
      const take = (hand: Hand) => {
        signal.removeEventListener('abort', leave);
        resolve(hand);
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(unwanted());
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(take);
    });
  }

  #release(hand: Hand): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next(hand);
    else this.#idle.push(hand);
  }
}

/** One thread, which has one order at a time; begun anew where it had to be ended. */
class Hand {
  readonly #workplace: Workplace;
  #thread: Worker | undefined;

  constructor(workplace: Workplace) {
    this.#workplace = workplace;
    this.#thread = this.#begin();
  }

  #begin(): Worker {
    const thread = new Worker(THREAD, { workerData: this.#workplace });
    const forget = () => {
      if (this.#thread === thread) this.#thread = undefined;
    };
    // What it dies of is told to whoever waits for it.
    thread.on('error', forget);
    thread.on('exit', forget);
    return thread;
  }

  async *make(
    { order, generation, onSnapshot }: Ordered,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void> {
    this.#thread ??= this.#begin();
    const thread = this.#thread;
    const cancelled = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const say = (message: ToWorker) => thread.postMessage(message);
    const heard = new Heard(thread, onSnapshot);
    const abandon = () => heard.fail(unwanted());
    signal.addEventListener('abort', abandon, { once: true });
    try {
      say({ kind: 'order', order, generation, cancelled });
      for (let bytes = await heard.next(); bytes !== undefined; bytes = await heard.next()) {
        yield bytes;
        say({ kind: 'more' });
      }
    } finally {
      signal.removeEventListener('abort', abandon);
      if (!heard.isOver) {
        Atomics.store(cancelled, 0, 1);
        say({ kind: 'more' });
        await this.#stopped(thread, heard);
      }
      heard.close();
      if (heard.heapBytes > RESTING_BYTES) await thread.terminate();
    }
  }

  /** Resolves when the thread is free for the next order, or has ended. */
  async #stopped(thread: Worker, heard: Heard): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, STOPPING_MS);
    });
    await Promise.race([heard.over, late]);
    clearTimeout(timer);
    if (!heard.isOver) await thread.terminate();
  }

  async end(): Promise<void> {
    await this.#thread?.terminate();
  }
}

/** What a thread says of one order. */
class Heard {
  readonly over: Promise<void>;
  readonly #thread: Worker;
  readonly #pieces: Uint8Array[] = [];
  readonly #onSnapshot: ((at: number) => void) | undefined;
  #isOver = false;
  #heapBytes = 0;
  #failure: Error | undefined;
  #setOver = () => {};
  #wake = () => {};

  constructor(thread: Worker, onSnapshot: ((at: number) => void) | undefined) {
    this.#thread = thread;
    this.#onSnapshot = onSnapshot;
    this.over = new Promise((resolve) => {
      this.#setOver = resolve;
    });
    thread.on('message', this.#hear);
    thread.on('error', this.#die);
    thread.on('exit', this.#exit);
  }

  /** Whether the thread has done with the order, or has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What the thread holds now that it is done. */
  get heapBytes(): number {
    return this.#heapBytes;
  }

  /** The next piece; undefined behind the last. Throws what became of the order. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const piece = this.#pieces.shift();
      if (piece !== undefined) return piece;
      if (this.#isOver) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  fail(failure: Error): void {
    this.#failure ??= failure;
    this.#wake();
  }

  close(): void {
    this.#thread.off('message', this.#hear);
    this.#thread.off('error', this.#die);
    this.#thread.off('exit', this.#exit);
  }

  readonly #hear = (message: FromWorker): void => {
    if (message.kind === 'at') {
      this.#onSnapshot?.(message.at);
      return;
    }
    if (message.kind === 'piece') {
      this.#pieces.push(message.bytes);
      this.#wake();
      return;
    }
    if (message.kind === 'done') this.#heapBytes = message.heapBytes;
    this.#end(message.kind === 'done' ? undefined : new Refused(message.refusal));
  };

  readonly #die = (thrown: unknown): void => this.#end(new Refused(refusalOf(thrown)));

  readonly #exit = (): void => this.#end(new Refused({ status: 500, text: 'It was ended.' }));

  #end(failure: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (failure !== undefined) this.fail(failure);
    this.#setOver();
    this.#wake();
  }
}

function unwanted(): Refused {
  return new Refused({ status: 503, text: 'Nobody waits for it.' });
}
