/**
 * What a socket is for, from where its ends are: Tor's listeners, its configuration, the consensus.
 * Owns that inference; what Tor's events say of a connection, connections.ts adds.
 */
import type { Direction } from '../../listing/flags.ts';
import { isLocalAddress } from '../../listing/privacy.ts';
import type { Endpoint } from '../../sockets/socket.ts';
import type { Consensus } from './consensus.ts';
import { endpointKey } from './endpoint.ts';
import type { Listeners, UsageLetter } from './listeners.ts';
import type { Targets } from './targets.ts';

/** How a socket's ends look. */
export interface Side {
  readonly direction: Direction;
  readonly usage: UsageLetter;
  /** The relay at the other end, as its address shows; undefined for any other. */
  readonly fingerprint: string | undefined;
  /** Whether the connection may be one that `ORCONN` events report. */
  readonly maybeOr: boolean;
}

/** What is known of a socket beside its ends when it is first seen. */
export interface Circumstances {
  /** Whether it is older than the recording, or may be. */
  readonly isOld: boolean;
  /** Whether another connection of Tor's has the same local end. */
  readonly isShared: boolean;
}

/** What is asked of a poll. */
export interface Known {
  readonly consensus: Consensus;
  /** Whether this Tor is a relay: all others relay nothing. */
  readonly isRelay: boolean;
  readonly listeners: Listeners;
  readonly targets: Targets;
  /** Whether there are onion services of which nothing says where their connections go. */
  readonly hidesPlaces: boolean;
  /** Whether addresses of the operator's own network are kept, as `keepsLocalOf` says. */
  readonly keepsLocal: boolean;
}

export class Surroundings {
  readonly consensus: Consensus;
  readonly isRelay: boolean;
  readonly keepsLocal: boolean;
  readonly #known: Known;

  constructor(known: Known) {
    this.consensus = known.consensus;
    this.isRelay = known.isRelay;
    this.keepsLocal = known.keepsLocal;
    this.#known = known;
  }

  /**
   * An inbound socket is one at a listener of Tor's. What goes to a target that Tor was configured
   * with or to a relay is outbound, and so is the rest, unless a listener that is gone may have taken
   * it in: of that nothing is known.
   */
  sideOf(local: Endpoint, remote: Endpoint, { isOld, isShared }: Circumstances): Side {
    const { listeners } = this.#known;
    const usage = listeners.usageAt(local);
    if (usage !== undefined) {
      const maybeOr = usage === 'R';
      return { direction: 'inbound', usage, fingerprint: undefined, maybeOr };
    }
    const outbound = this.outbound(remote);
    const isElsewhere = outbound.fingerprint === undefined && outbound.maybeOr;
    if (isElsewhere && listeners.mayHaveBeenAt(local, isOld, isShared, this.isRelay)) {
      return { direction: 'unknown', usage: 'U', fingerprint: undefined, maybeOr: true };
    }
    return outbound;
  }

  /**
   * Of an outbound socket, in this order: to a target that Tor was configured with; to a relay's OR
   * port (C where this Tor is not a relay itself); to a relay's directory port; else a relay's exit
   * traffic (R) or a client's own (C), unless it may be an onion service's.
   */
  outbound(remote: Endpoint): Side {
    const direction = 'outbound';
    const { targets, hidesPlaces } = this.#known;
    const endpoint = endpointKey(remote);
    const own = this.orUsage;
    const fingerprint = this.consensus.relayAt(endpoint);
    const target = targets.usageOf(remote);
    if (target === 'C' || target === 'H') {
      return { direction, usage: target, fingerprint: undefined, maybeOr: false };
    }
    if (fingerprint !== undefined) return { direction, usage: own, fingerprint, maybeOr: true };
    const directory = this.consensus.directoryAt(endpoint);
    if (directory !== undefined) {
      return { direction, usage: 'D', fingerprint: directory, maybeOr: false };
    }
    const isUnsure = target === 'unknown' || (hidesPlaces && isLocalAddress(remote.ip));
    return { direction, usage: isUnsure ? 'U' : own, fingerprint: undefined, maybeOr: true };
  }

  /** What OR connections are for. */
  get orUsage(): UsageLetter {
    return this.isRelay ? 'R' : 'C';
  }
}
