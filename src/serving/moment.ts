/**
 * A moment of a tape as a control port's answers: `conn/all`, `conn/<circuit>/<connection>`, info/*
 * and ns/authority (contract, section 3).
 * Owns which keys there are and their values; which moment is shown is the caller's, the protocol
 * is control/'s.
 */
import type { ControlService, Values } from '../control/service.ts';
import { EMPTY_LISTING, type Listing, lineOf, roundWithheld, textOf } from '../listing/listing.ts';
import { scrubGap, scrubSnapshot } from '../listing/scrub.ts';
import type { Gap, Header, Snapshot } from '../listing/snapshot.ts';
import { momentRecord, transcriptHeader } from '../output/transcript.ts';
import { CONN_ALL, SERVED_HEADER, SERVED_MOMENT } from '../sources/native.ts';
import { NATIVE_OBSERVES } from '../sources/observes.ts';

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

export class MomentService implements ControlService {
  readonly torVersion: string;
  readonly eventNames: readonly string[] = [];
  readonly #header: Header;
  readonly #round: number;
  readonly #info = new Map<string, string>();
  #listing: Listing = EMPTY_LISTING;
  #moment = '';

  /** @param round bytes of withheld connections are rounded to multiples of it; 1 keeps them. */
  constructor(header: Header, round: number) {
    this.#header = header;
    this.#round = round;
    this.torVersion = header.relay.torVersion;
  }

  /** From now on answers are of this snapshot. `gaps` are those since the one shown before. */
  show(shown: Snapshot, gaps: readonly Gap[]): void {
    const snapshot = scrubSnapshot(shown);
    for (const [key, value] of snapshot.info) this.#info.set(key, value);
    this.#listing = roundWithheld(snapshot.listing, this.#round);
    this.#moment = momentRecord(snapshot, this.#info, gaps.map(scrubGap));
  }

  getInfo(keys: readonly string[]): Values {
    return new Map(keys.map((key) => [key, this.#valueOf(key)]));
  }

  #valueOf(key: string): string | undefined {
    switch (key) {
      case CONN_ALL:
        return textOf(this.#listing);
      case SERVED_HEADER:
        return transcriptHeader(this.#header, NATIVE_OBSERVES).trimEnd();
      case SERVED_MOMENT:
        return this.#moment;
      case 'info/names':
        return this.#names();
      case 'version':
        return this.torVersion;
      default:
        return this.#info.get(key) ?? this.#connection(key);
    }
  }

  /** The line of one entry; undefined for any other key, and for an entry that is not there. */
  #connection(key: string): string | undefined {
    const [, circId, connId] = CONNECTION.exec(key) ?? [];
    if (circId === undefined) return undefined;
    const { labels, read, written, uptime } = this.#listing;
    const row = labels.findIndex(
      (label) => String(label.circId) === circId && String(label.connId) === connId,
    );
    return row < 0 ? undefined : lineOf(labels[row]!, read[row]!, written[row]!, uptime[row]!);
  }

  #names(): string {
    const told = [...this.#info.keys()].map((key) => [key, INFO_DESCRIPTION] as const);
    const names = [...Object.entries(DESCRIPTIONS), ...told];
    return names
      .map(([name, description]) => `${name} -- ${description}`)
      .sort()
      .join('\n');
  }
}
