/**
 * Which connection a channel runs over.
 * Owns the translation that dumps give: channels and connections are counted apart, and their
 * numbers overlap, so that one taken for the other finds a wrong one.
 */
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import type { Dump } from './dump.ts';

export class Channels {
  readonly #connections: Connections;
  #ids = new Map<number, number>();

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /** A dump has all channels that there are. */
  learn(dump: Dump): void {
    this.#ids = new Map(dump.channels.map(({ channel, connectionId }) => [channel, connectionId]));
  }

  /** Whether the last dump had the channel. */
  knows(channel: number): boolean {
    return this.#ids.has(channel);
  }

  /** The open connection of a channel; undefined where none is known. */
  connectionOf(channel: number): Connection | undefined {
    const id = this.#ids.get(channel);
    return id === undefined ? undefined : this.#connections.byTorId(id);
  }
}
