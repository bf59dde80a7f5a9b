/**
 * What an admitted controller speaks with, and what that may do to its controller.
 * Owns the two interfaces alone: servedController.ts has the socket, audience.ts and others answer.
 */
import type { ReceivedCommand } from './command.ts';

/** One controller, as the one who answers it sees it. */
export interface Controller {
  /** Sends the reply to a command. */
  send(bytes: Uint8Array): void;
  /** Sends an event. A controller that lets too many of them wait is dropped. */
  tell(bytes: Uint8Array): void;
  /** Ends the connection when what was sent has left. */
  leave(): void;
}

/** One controller's commands after its admission, answered one after the other. */
export interface Conversation {
  /** Sends the answer; resolves when the next command may come. Never rejects. */
  answer(command: ReceivedCommand): Promise<void>;
  /** Called once, when the controller is gone, be it in the middle of an answer. Never rejects. */
  end(): Promise<void>;
}

/** Answers each controller by itself. */
export interface Host {
  /** What `PROTOCOLINFO` says. */
  readonly torVersion: string;
  /** Called when a controller connects; it has yet to be admitted. */
  receive(controller: Controller): Conversation;
}
