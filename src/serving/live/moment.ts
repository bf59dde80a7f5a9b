/**
 * What a source polled last, as the values of our keys.
 * Owns the newest snapshot, the events that a controller may have missed, and whether Tor is there;
 * the pace is the source's.
 */
import { printable } from '../../control/printable.ts';
import { ReplyError, replyOf } from '../../control/reply.ts';
import type { Values } from '../../control/service.ts';
import { roundedItem } from '../../listing/rounding.ts';
import { Scrubbing } from '../../listing/scrubbing.ts';
import type { Between, Header, LifeEvent, Snapshot } from '../../listing/snapshot.ts';
import type { Source } from '../../listing/source.ts';
import { CONN_ALL, SERVED_HEADER, SERVED_MOMENT } from '../../sources/native.ts';
import type { OpenPolled } from '../../sources/polledConnection.ts';
import { NATIVE_OBSERVES } from '../../transcript/observes.ts';
import { momentRecord } from '../../transcript/write.ts';
import { namesWith } from '../keys.ts';
import { NO_INFO, ServedMoment, servedHeader } from '../moment.ts';

/** Whether Tor is there, learned from the connection that is polled. */
export class Presence {
  /** Of the Tor that was there last; empty before the first. */
  torVersion = '';
  /** Why nothing can be known of Tor now; undefined while it is there. */
  away: string | undefined;

  /** Opens as `open` does, and watches what was opened. */
  watching(open: OpenPolled): OpenPolled {
    return async (signal, now) => {
      const connection = await open(signal, now);
      this.torVersion = connection.header.relay.torVersion;
      void connection.closed.then((why) => {
        this.away = printable(why.message);
      });
      return connection;
    };
  }
}

/** What `conntape/moment` answered one controller last; empty before the first time. */
export interface LastAnswer {
  at?: number;
  /** The time of the answer before that one. */
  since?: number;
}

/** What snapshots brought that no later one repeats. */
interface News {
  readonly at: number;
  readonly events: readonly LifeEvent[];
  readonly before: readonly Between[];
}

/**
 * How many events, sessions and gaps are kept for controllers that poll more slowly than the source
 * does: some minutes of a relay that is being flooded, days of a quiet one.
 */
const MAX_NEWS = 65_536;

const ALWAYS_THERE: ReadonlySet<string> = new Set([CONN_ALL, SERVED_HEADER, SERVED_MOMENT]);

export class LiveMoment {
  readonly #presence: Presence;
  readonly #round: number;
  readonly #scrubbing = new Scrubbing();
  readonly #shown: () => void;
  /** Resolves when there is something to answer. */
  readonly ready: Promise<void>;
  #header: Header | undefined;
  #moment: ServedMoment | undefined;
  /** Of the snapshot before the newest. */
  #previousAt = Number.NEGATIVE_INFINITY;
  #news: News[] = [];
  #newsCount = 0;

  /** @param round bytes of withheld connections are rounded to multiples of it; 1 keeps them. */
  constructor(presence: Presence, round: number) {
    this.#presence = presence;
    this.#round = round;
    let shown = () => {};
    this.ready = new Promise((resolve) => {
      shown = resolve;
    });
    this.#shown = shown;
  }

  get torVersion(): string {
    return this.#presence.torVersion;
  }

  /** What the source says of itself, as it is served; there as soon as it is ready. */
  get header(): Header {
    return this.#header!;
  }

  /** Shows what the source yields until it ends or the signal aborts; throws as the source does. */
  async follow(source: Source, signal: AbortSignal): Promise<void> {
    let before: Between[] = [];
    for await (const item of source.items(signal)) {
      if (item.kind !== 'snapshot') {
        before.push(item);
        continue;
      }
      this.show(item, before);
      before = [];
    }
  }

  /**
   * From now on answers are of this snapshot.
   * @param before what came since the one before: a session first, before the first.
   */
  show(polled: Snapshot, before: readonly Between[]): void {
    this.#presence.away = undefined;
    this.#previousAt = this.#moment?.snapshot.at ?? this.#previousAt;
    const kept = before.map((item) => roundedItem(this.#scrubbing.item(item), this.#round));
    const shown = this.#scrubbing.item(polled);
    this.#moment = new ServedMoment(shown, this.#moment?.info ?? NO_INFO, [], this.#round);
    const { at, events } = this.#moment.snapshot;
    this.#header = kept.findLast((item) => item.kind === 'session')?.header ?? this.#header;
    this.#remember({ at, events, before: kept });
    this.#shown();
  }

  /**
   * The values of our keys, of one moment; undefined for what is not there.
   * While Tor is away, nothing is known of now: throws 551 with the reason, unless
   * `conntape/moment` is asked for with them, which says of when the values are. So a recorder goes
   * on with the next snapshot and its gap, as if it had polled Tor itself.
   * @param last of the controller that asks; brought up to date where it asks for the moment.
   */
  values(keys: readonly string[], last: LastAnswer): Values {
    const { away } = this.#presence;
    const isDated = keys.includes(SERVED_MOMENT) || keys.every((key) => key === SERVED_HEADER);
    if (away !== undefined && !isDated) {
      throw new ReplyError('GETINFO', replyOf(551, `Tor is away: ${away}`));
    }
    return new Map(keys.map((key) => [key, this.#valueOf(key, last)]));
  }

  #valueOf(key: string, last: LastAnswer): string | undefined {
    switch (key) {
      case SERVED_HEADER:
        return servedHeader(this.header);
      case SERVED_MOMENT:
        return this.#momentSince(last);
      default:
        return this.#moment!.valueOf(key);
    }
  }

  /** The value of `info/names`, from Tor's: what there is now of ours is listed too. */
  names(torNames: string): string {
    return namesWith(torNames, (key) => ALWAYS_THERE.has(key) || this.#moment!.info.has(key));
  }

  /** The newest moment, with all that happened since the one that this controller was given before. */
  #momentSince(last: LastAnswer): string {
    const { snapshot, info } = this.#moment!;
    if (last.at !== snapshot.at) {
      last.since = last.at ?? this.#previousAt;
      last.at = snapshot.at;
    }
    const news = this.#news.filter(({ at }) => at > last.since!);
    const events = news.flatMap((one) => one.events);
    const before = news.flatMap((one) => one.before);
    return momentRecord({ ...snapshot, events }, info, before, NATIVE_OBSERVES);
  }

  #remember(news: News): void {
    const count = (one: News) => one.events.length + one.before.length;
    if (count(news) === 0) return;
    this.#news.push(news);
    this.#newsCount += count(news);
    // The newest is kept, however much it is: nobody has been told of it yet.
    while (this.#newsCount > MAX_NEWS && this.#news.length > 1) {
      this.#newsCount -= count(this.#news.shift()!);
    }
  }
}
