/**
 * The part of a `conn/all` line that is not a counter: who it is, and what it is for.
 * Owns the only way to make one, which scrubs it; not the text format.
 */
import { keepsAddress, scrubFields } from './privacy.ts';

/** The fields a label is made from, as the source gave them. */
export interface LabelFields {
  /** CONN_ID, an integer from 0 to 2^53 − 1. */
  readonly connId: number;
  /** CIRC_ID, an integer from 0 to 2^53 − 1; 0 is not a circuit. */
  readonly circId: number;
  /** OR_ID: 40 hex digits, or `0`. */
  readonly orId: string;
  /** IP: an address, or `0`. */
  readonly ip: string;
  readonly port: number;
  readonly lPort: number;
  /** TYPE_FLAGS: letters. */
  readonly flags: string;
  /** Fields past the tenth as one text, single spaces between; empty where there are none. */
  readonly extra?: string;
}

const OR_ID = /^(?:0|[0-9A-Fa-f]{40})$/;

/** What OR_ID may be: 0, or a fingerprint of 40 hex digits. */
export function isOrId(text: string): boolean {
  return OR_ID.test(text);
}

const UNKNOWN_AGE = 'AGE=unknown';

/**
 * An immutable, scrubbed label. Two labels of one entry in two snapshots are the same object as
 * long as nothing about the entry changed, so `===` is a fast "unchanged"; `sameLabel` compares.
 */
export class Label {
  readonly connId: number;
  readonly circId: number;
  readonly orId: string;
  readonly ip: string;
  readonly port: number;
  readonly lPort: number;
  readonly flags: string;
  readonly extra: string;
  /** Whether the address was withheld: its bytes are rounded by `record` and `serve`. */
  readonly withheld: boolean;

  private constructor(fields: LabelFields) {
    const kept = keepsAddress(fields.orId, fields.flags, fields.ip);
    this.connId = fields.connId;
    this.circId = fields.circId;
    this.orId = fields.orId;
    this.ip = kept ? fields.ip : '0';
    this.port = kept ? fields.port : 0;
    this.lPort = kept ? fields.lPort : 0;
    this.flags = fields.flags;
    const extra = fields.extra ?? '';
    this.extra = kept || extra === '' ? extra : scrubFields(extra);
    this.withheld = !kept;
  }

  /** A label that holds no more than may be stored. */
  static of(fields: LabelFields): Label {
    return new Label(fields);
  }

  /** False where the eleventh field is `AGE=unknown`: UPTIME then counts from first sight. */
  get ageKnown(): boolean {
    return this.extra === '' || this.extra.split(' ', 1)[0] !== UNKNOWN_AGE;
  }
}

/** Whether two labels say the same. */
export function sameLabel(a: Label, b: Label): boolean {
  return (
    a === b ||
    (a.connId === b.connId &&
      a.circId === b.circId &&
      a.orId === b.orId &&
      a.ip === b.ip &&
      a.port === b.port &&
      a.lPort === b.lPort &&
      a.flags === b.flags &&
      a.extra === b.extra)
  );
}
