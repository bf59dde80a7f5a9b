/**
 * A moment of a tape as a control port's answers: `conn/all`, `conn/<circuit>/<connection>`, info/*
 * and ns/authority.
 * Owns which keys there are and their values; which moment is shown is the caller's, the protocol
 * is control/'s.
 */
import type { ControlService, Values } from '../control/service.ts';
import { type Listing, lineOf, textOf } from '../listing/listing.ts';
import { pairOf } from '../listing/match.ts';
import { roundedItem } from '../listing/rounding.ts';
import { scrubHeader } from '../listing/scrub.ts';
import { Scrubbing } from '../listing/scrubbing.ts';
import type { Between, Header, Snapshot } from '../listing/snapshot.ts';
import { CONN_ALL, SERVED_HEADER, SERVED_MOMENT } from '../sources/native.ts';
import { NATIVE_OBSERVES } from '../transcript/observes.ts';
import { momentRecord, transcriptHeader } from '../transcript/write.ts';

/** What `info/names` says of the keys that are always there. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  [CONN_ALL]: 'All current connections, one a line.',
  'conn/*': 'One connection, by circuit and connection identity.',
  [SERVED_HEADER]: 'The header of the transcript that is served, as JSON.',
  [SERVED_MOMENT]: 'What the snapshot holds beside its connections, as JSON.',
  'info/names': 'List of GETINFO options.',
  version: 'The version of Tor.',
};

const INFO_DESCRIPTION = 'As recorded.';

const CONNECTION = /^conn\/(\d{1,16})\/(\d{1,16})$/;

/** One snapshot, rounded as it is served. Immutable. */
export class ServedMoment {
  readonly snapshot: Snapshot;
  /** All info values known by then. */
  readonly info: ReadonlyMap<string, string>;
  readonly #before: readonly Between[];
  #text: string | undefined;
  #rows: ReadonlyMap<string, number> | undefined;

  /**
   * @param snapshot scrubbed, as everything here.
   * @param info the values known before the snapshot.
   * @param before the sessions and gaps that `conntape/moment` carries.
   * @param round bytes of withheld connections are rounded to multiples of it; 1 keeps them.
   */
  constructor(
    snapshot: Snapshot,
    info: ReadonlyMap<string, string>,
    before: readonly Between[],
    round: number,
  ) {
    this.snapshot = roundedItem(snapshot, round);
    this.info = snapshot.info.size === 0 ? info : new Map([...info, ...snapshot.info]);
    this.#before = before.map((item) => roundedItem(item, round));
  }

  get listing(): Listing {
    return this.snapshot.listing;
  }

  /** The value of a key; undefined for one that is not there. */
  valueOf(key: string): string | undefined {
    switch (key) {
      case CONN_ALL:
        this.#text ??= textOf(this.listing);
        return this.#text;
      case SERVED_MOMENT:
        return momentRecord(this.snapshot, this.info, this.#before, NATIVE_OBSERVES);
      default:
        return this.info.get(key) ?? this.#connection(key);
    }
  }

  /** The line of one entry; undefined for any other key, and for an entry that is not there. */
  #connection(key: string): string | undefined {
    const [, circId, connId] = CONNECTION.exec(key) ?? [];
    if (circId === undefined) return undefined;
    const { labels, read, written, uptime } = this.listing;
    this.#rows ??= new Map(labels.map((label, row) => [pairOf(label), row]));
    const row = this.#rows.get(`${connId} ${circId}`);
    return row === undefined
      ? undefined
      : lineOf(labels[row]!, read[row]!, written[row]!, uptime[row]!);
  }
}

/** The value of `conntape/header`. */
export function servedHeader(header: Header): string {
  return transcriptHeader(scrubHeader(header), NATIVE_OBSERVES).trimEnd();
}

/** What is known before the first snapshot. */
export const NO_INFO: ReadonlyMap<string, string> = new Map();

/** Shows one moment after another, to all alike. */
export class MomentService implements ControlService {
  readonly torVersion: string;
  readonly eventNames: readonly string[] = [];
  readonly #round: number;
  readonly #scrubbing: Scrubbing;
  #header: Header;
  #moment: ServedMoment | undefined;

  /** @param round bytes of withheld connections are rounded to multiples of it; 1 keeps them. */
  constructor(header: Header, round: number) {
    this.#header = header;
    this.#round = round;
    this.#scrubbing = new Scrubbing(header);
    this.torVersion = header.relay.torVersion;
  }

  /** From now on answers are of this snapshot. @param before what came since the one shown before. */
  show(snapshot: Snapshot, before: readonly Between[]): void {
    this.#header = before.findLast((item) => item.kind === 'session')?.header ?? this.#header;
    const kept = before.map((item) => this.#scrubbing.item(item));
    const shown = this.#scrubbing.item(snapshot);
    this.#moment = new ServedMoment(shown, this.#moment?.info ?? NO_INFO, kept, this.#round);
  }

  getInfo(keys: readonly string[]): Values {
    return new Map(keys.map((key) => [key, this.#valueOf(key)]));
  }

  #valueOf(key: string): string | undefined {
    switch (key) {
      case SERVED_HEADER:
        return servedHeader(this.#header);
      case 'info/names':
        return this.#names();
      case 'version':
        return this.torVersion;
      default:
        return this.#moment === undefined ? EMPTY.get(key) : this.#moment.valueOf(key);
    }
  }

  #names(): string {
    const recorded = [...(this.#moment?.info.keys() ?? [])].map((key) => [key, INFO_DESCRIPTION]);
    const names = [...Object.entries(DESCRIPTIONS), ...recorded];
    return names
      .map(([name, description]) => `${name} -- ${description}`)
      .sort()
      .join('\n');
  }
}

/** What there is before the first moment. */
const EMPTY: ReadonlyMap<string, string> = new Map([
  [CONN_ALL, ''],
  [SERVED_MOMENT, ''],
]);
