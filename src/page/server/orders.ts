/**
 * What the server's main thread and its workers say to each other.
 * Owns these shapes; who orders is pageWorker.ts, who works is worker.ts.
 */
import type { Selection } from '../../listing/selection.ts';
import type { Window } from '../../recording/reader.ts';
import type { PartName } from '../parts.ts';
import type { Refusal } from './refusal.ts';

/** Which recording a worker reads, and how a shell takes its path. */
export interface Workplace {
  readonly path: string;
  readonly shellPath: string;
  /** Whether whatever else the machine has to do comes first: nobody waits for it yet. */
  readonly patient?: boolean;
}

/** What is to be made: a part or a moment as JSON, or a report as CSV. */
export type Order =
  | { readonly kind: 'moment'; readonly at: number }
  | {
      readonly kind: 'part';
      readonly name: PartName;
      /** Finite, and holds a snapshot. */
      readonly window: Window;
      readonly bins: number;
      /** Otherwise in a moment, where something can stand in for it. */
      readonly exact: boolean;
    }
  | {
      readonly kind: 'csv';
      /** Its name. */
      readonly report: string;
      readonly window: Window;
      readonly bucketMs: number;
      readonly baselineMs: number;
      readonly selection: Selection;
    };

/** To a worker: the next order when the last is done, and how many more pieces of it are wanted. */
export type ToWorker =
  | {
      readonly kind: 'order';
      readonly order: Order;
      /** Of `ShownRecording`: at another the recording is opened anew. */
      readonly generation: number;
      /** Shared: one number, not 0 when nobody wants it any more. */
      readonly cancelled: Int32Array;
    }
  | { readonly kind: 'more' };

/** From a worker, of the order that it has. */
export type FromWorker =
  | { readonly kind: 'piece'; readonly bytes: Uint8Array }
  /** How far the tape has been played: the time of a snapshot. */
  | { readonly kind: 'at'; readonly at: number }
  | { readonly kind: 'done'; readonly heapBytes: number }
  | { readonly kind: 'failed'; readonly refusal: Refusal };

/** Pieces that may wait for their reader. */
export const PIECES_AHEAD = 2;
