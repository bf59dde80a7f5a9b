/**
 * Why a browser is not given what it asks for: a status and a few words.
 * Owns what of an error a browser is told: never a path or a stack; who sends it is pageServer.ts's.
 */
import { ConntapeError } from '../../error.ts';
import { damageOf } from '../../recording/damage.ts';
import { fullMeanwhileOf } from '../../recording/faults.ts';

/** Sent in place of an answer, as plain text. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
  /** What only the operator is told, where it says more. */
  readonly untold?: string;
}

/** Thrown where what is asked for is not to be had. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.text);
    this.name = 'Refused';
    this.refusal = refusal;
  }
}

const STATUS_OF_KIND: Partial<Record<ConntapeError['kind'], number>> = { usage: 400 };

const UNFORESEEN = 'It failed. Standard error of conntape view says how.';

/** What is said of anything that was thrown while a recording was read. */
export function refusalOf(thrown: unknown): Refusal {
  if (thrown instanceof Refused) return thrown.refusal;
  const named = damageOf(thrown, '');
  const error = named instanceof ConntapeError ? named : fullMeanwhileOf(named);
  if (!(error instanceof ConntapeError)) {
    return { status: 500, text: UNFORESEEN, untold: String(error) };
  }
  // The object is a path.
  const { operation, cause, hint } = error.parts;
  const text = `${operation}: ${cause}${hint === undefined ? '' : `\n${hint}`}`;
  const status = STATUS_OF_KIND[error.kind] ?? 500;
  return status === 500 ? { status, text, untold: `${operation}: ${cause}` } : { status, text };
}
