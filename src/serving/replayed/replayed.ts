/**
 * A control port over a recording: the past, answered as if it were now.
 * Owns the controllers and which moment each of their questions is about; how the recording goes on
 * is playback.ts's, the keys are keys.ts's.
 */
import { confReply, OK, unrecognized } from '../../control/answers.ts';
import { Audience } from '../../control/audience.ts';
import { type Command, wordsOf } from '../../control/command.ts';
import type { Controller, Conversation, Host } from '../../control/conversation.ts';
import { type Reply, ReplyError, replyOf } from '../../control/reply.ts';
import type { ControlService, Values } from '../../control/service.ts';
import { ConntapeError } from '../../error.ts';
import { isoTime } from '../../listing/instant.ts';
import { Scrubbing } from '../../listing/scrubbing.ts';
import { SERVED_MOMENT } from '../../sources/native.ts';
import { CHANGING } from '../changing.ts';
import { ServedMoment } from '../moment.ts';
import { AT, EVENT_NAMES, FEATURES, optionsOf, type TapePoint, valueAt } from './keys.ts';
import { Playback, type PlaybackOptions } from './playback.ts';
import { headerAt, type Stop, TapeCursor } from './tape.ts';

export interface ReplayedOptions extends PlaybackOptions {
  /** Of one reply. */
  readonly maxReplyCharacters: number;
  /** The time that a text means, seen from a moment; undefined for none. */
  readonly parseTime: (text: string, now: number) => number | undefined;
}

/** Reading one of a busy relay takes tens to hundreds of milliseconds, in which nobody is answered. */
const MAX_MOMENTS = 8;

/** How many moments of other times are kept, for controllers that ask key by key. */
const KEPT_MOMENTS = MAX_MOMENTS;

export class ReplayedHost implements Host {
  readonly #options: ReplayedOptions;
  readonly #audiences = new Set<Audience>();
  readonly #others: OtherMoments;
  readonly playback: Playback;

  /** Throws `recording` where the tape is damaged. */
  constructor(options: ReplayedOptions) {
    this.#options = options;
    this.#others = new OtherMoments(options);
    this.playback = new Playback(options, (name, text) => {
      const lines = [{ status: 650, text: `${name} ${text}` }];
      for (const audience of this.#audiences) audience.tell(name, lines);
    });
  }

  get torVersion(): string {
    const { tape, time } = this.#options;
    return headerAt(tape, time.now()).relay.torVersion;
  }

  receive(controller: Controller): Conversation {
    const service = new ReplayedService(this.#options, this.playback, this.#others);
    const audience = new Audience(service, this.#options.maxReplyCharacters);
    this.#audiences.add(audience);
    const conversation = audience.receive(controller);
    return {
      answer: (command) => conversation.answer(command),
      end: async () => {
        this.#audiences.delete(audience);
        service.close();
        await conversation.end();
      },
    };
  }
}

/** What one controller is answered. */
class ReplayedService implements ControlService {
  readonly eventNames = EVENT_NAMES;
  readonly #options: ReplayedOptions;
  readonly #playback: Playback;
  readonly #others: OtherMoments;
  readonly #retelling: Retelling;

  constructor(options: ReplayedOptions, playback: Playback, others: OtherMoments) {
    this.#options = options;
    this.#playback = playback;
    this.#others = others;
    this.#retelling = new Retelling(options);
  }

  get torVersion(): string {
    return this.#playback.point.header.relay.torVersion;
  }

  getInfo(keys: readonly string[]): Values {
    const now = this.#playback.point;
    const point = keys.includes(SERVED_MOMENT) ? this.#retelling.next() : now;
    const others = new Map<string, TapePoint | undefined>();
    return new Map(
      keys.map((key) => {
        if (!key.startsWith(AT)) return [key, valueAt(key, point)];
        const slash = key.indexOf('/', AT.length);
        const time = key.slice(AT.length, slash < 0 ? undefined : slash);
        if (!others.has(time)) {
          if (others.size === MAX_MOMENTS) throw tooManyMoments();
          others.set(time, this.#pointAt(time, now));
        }
        const other = others.get(time);
        const behind = slash < 0 ? '' : key.slice(slash + 1);
        return [key, other === undefined ? undefined : valueAt(behind, other)];
      }),
    );
  }

  async other(command: Command): Promise<Reply | undefined> {
    const keyword = command.keyword.toUpperCase();
    if (CHANGING.has(keyword)) {
      return replyOf(510, `Command "${keyword}" is not allowed here: this is a recording`);
    }
    // With data, it is another command.
    if (command.data !== undefined) return undefined;
    const words = wordsOf(command.args);
    if (keyword === 'GETCONF') return this.#getConf(words);
    if (keyword === 'USEFEATURE') return useFeatures(words);
    return undefined;
  }

  close(): void {
    this.#retelling.close();
  }

  #pointAt(text: string, now: TapePoint): TapePoint | undefined {
    const time = this.#options.parseTime(text, now.at);
    return time === undefined ? undefined : this.#others.at(time);
  }

  /** Options are found in any case, and named as Tor writes them. */
  #getConf(words: readonly string[]): Reply {
    const options = optionsOf(this.#playback.point.header);
    const names = new Map([...options.keys()].map((name) => [name.toLowerCase(), name]));
    return confReply(
      words.map((word) => names.get(word.toLowerCase()) ?? word),
      options,
    );
  }
}

/**
 * Tells one controller every snapshot in turn, however slowly it asks: none before its time has
 * come, and the last one again with the gaps after it. So what is recorded from here has all of it.
 */
class Retelling {
  readonly #options: ReplayedOptions;
  #cursor: TapeCursor | undefined;
  #point: TapePoint | undefined;
  #isOver = false;

  constructor(options: ReplayedOptions) {
    this.#options = options;
  }

  /** The next one, or the same again where the time of the next has yet to come. */
  next(): TapePoint {
    const { tape, from, time } = this.#options;
    this.#cursor ??= new TapeCursor(tape, from);
    const { ahead } = this.#cursor;
    if (ahead !== undefined && ahead.snapshot.at <= time.now()) {
      this.#cursor.next();
      this.#point = this.#pointOf(ahead);
    } else if (ahead === undefined && !this.#isOver) {
      this.#isOver = true;
      const { snapshot, info } = this.#point!.moment;
      this.#point = this.#pointOf({ snapshot, info, before: this.#cursor.trailing });
    }
    return this.#point!;
  }

  close(): void {
    this.#cursor?.close();
  }

  #pointOf({ snapshot, info, before }: Stop): TapePoint {
    const { tape, round } = this.#options;
    const { at } = snapshot;
    const moment = new ServedMoment(snapshot, info, before, round);
    return { at, moment, header: headerAt(tape, at), gap: undefined };
  }
}

/** Any moment of the recording, read when it is asked for. */
class OtherMoments {
  readonly #options: ReplayedOptions;
  /** By the time of the snapshot; the last used stands last. */
  readonly #kept = new Map<number, ServedMoment>();

  constructor(options: ReplayedOptions) {
    this.#options = options;
  }

  /** Throws 551 for a time before the first snapshot. */
  at(time: number): TapePoint {
    const { tape } = this.#options;
    const place = tape.snapshotAt(time);
    if (place === undefined) {
      const text = `Nothing was recorded at or before ${isoTime(time)}`;
      throw new ReplyError('GETINFO', replyOf(551, text));
    }
    const moment = this.#kept.get(place.at) ?? this.#read(place.at);
    this.#kept.delete(place.at);
    this.#kept.set(place.at, moment);
    if (this.#kept.size > KEPT_MOMENTS) this.#kept.delete(this.#kept.keys().next().value!);
    return { at: time, moment, header: headerAt(tape, place.at), gap: tape.gapAt(time) };
  }

  #read(at: number): ServedMoment {
    const { tape, round } = this.#options;
    const scrubbing = new Scrubbing();
    for (const item of tape.items({ from: at, to: at })) {
      const scrubbed = scrubbing.item(item);
      if (scrubbed.kind !== 'snapshot') continue;
      return new ServedMoment(scrubbed, scrubbed.info, [], round);
    }
    throw new ConntapeError('recording', {
      operation: 'reading the recording',
      cause: `its snapshot of ${isoTime(at)} is missing`,
      hint: 'run `conntape verify` on it',
    });
  }
}

function tooManyMoments(): ReplyError {
  const text = `Too many times in one question (at most ${MAX_MOMENTS})`;
  return new ReplyError('GETINFO', replyOf(551, text));
}

function useFeatures(words: readonly string[]): Reply {
  const known: readonly string[] = FEATURES;
  const unknown = words.filter((word) => !known.includes(word.toUpperCase()));
  return unknown.length === 0 ? OK : unrecognized('feature', unknown.slice(0, 1));
}
