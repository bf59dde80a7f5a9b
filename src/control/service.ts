/**
 * What answers behind a served control port.
 * Owns the interface alone: audience.ts speaks the protocol, a service knows the values.
 */
import type { Command } from './command.ts';
import type { Reply } from './reply.ts';

/** Values by the names that were asked for; undefined for a name that is not recognized. */
export type Values = ReadonlyMap<string, string | undefined>;

/** Whatever a method throws becomes a reply: a `ReplyError`'s own, or 551 with the message. */
export interface ControlService {
  /** What `PROTOCOLINFO` says. */
  readonly torVersion: string;
  /** In upper case: what `SETEVENTS` takes. */
  readonly eventNames: readonly string[];
  /** Answers several keys as of one moment. */
  getInfo(keys: readonly string[]): Promise<Values> | Values;
  /** Answers any other command of an admitted controller; undefined leaves it unrecognized. */
  other?(command: Command): Promise<Reply | undefined>;
}
