/**
 * What commands that poll a Tor say of it.
 * Owns the words that they share; what is polled, and how often, is polled.ts's and sources/'s.
 */
import type { Header } from '../listing/snapshot.ts';
import { type Io, tell } from './io.ts';

/** `demorelay C0FF… (Tor 0.4.9.11, native)`: what a command found at the control port. */
export function sourceName({ relay, source }: Header): string {
  const { nickname, fingerprint, torVersion } = relay;
  const who = fingerprint === '' ? 'a Tor that is not a relay' : `${nickname} ${fingerprint}`;
  return `${who} (Tor ${torVersion}, ${source})`;
}

/**
 * For what a connection rejects with: undefined, and said, where the operator stopped the command
 * while it connected; else it is thrown again.
 * @param what did not happen: `recorded`.
 */
export function stoppedBefore(what: string, io: Io): (thrown: unknown) => undefined {
  return (thrown) => {
    if (!io.interrupted.aborted) throw thrown;
    tell(io, `stopped before anything was ${what}`);
  };
}
