/**
 * The one error class of conntape, whose kind says what the user does next.
 * Owns the shape of an error, not its printing: libraries throw, commands/program.ts prints.
 */

/**
 * What the user does next:
 * - `connect`: start Tor, or correct the address;
 * - `authenticate`: correct the password, the cookie or its permissions;
 * - `protocol`: the other side did not speak the control protocol, or stopped speaking;
 * - `recording`: look at the file that was named;
 * - `damaged`: a recording is not what was written: restore a copy, or trust only what is named;
 * - `usage`: correct the command line or an input file.
 */
export type ErrorKind = 'connect' | 'authenticate' | 'protocol' | 'recording' | 'damaged' | 'usage';

/** What an error says beside its kind: each part is one short phrase without a final stop. */
export interface ErrorParts {
  /** What was being done, as a gerund: `reading the control port's reply`. */
  readonly operation: string;
  /** What it was done to: an address, a path, an option. Never a user's address. */
  readonly object?: string;
  /** What went wrong: `the connection closed`. */
  readonly cause: string;
  /** The next step for the user. */
  readonly hint?: string;
}

/** An error that a user can act on. Its message is one line: operation, object, cause. */
export class ConntapeError extends Error {
  readonly kind: ErrorKind;
  readonly parts: ErrorParts;

  constructor(kind: ErrorKind, parts: ErrorParts, options?: ErrorOptions) {
    const object = parts.object === undefined ? '' : ` ${parts.object}`;
    super(`${parts.operation}${object}: ${parts.cause}`, options);
    this.name = 'ConntapeError';
    this.kind = kind;
    this.parts = parts;
  }

  get hint(): string | undefined {
    return this.parts.hint;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
