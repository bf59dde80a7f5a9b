/**
 * What commands that poll a Tor say of it.
 * Owns the words that they share; what is polled, and how often, is polled.ts's and sources/'s.
 */
import { type Address, formatAddress } from '../control/address.ts';
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

/** A Tor that is well answers within a moment; one that starts, within seconds. */
const PATIENCE_MS = 5000;

/**
 * What connecting resolves to. Where that takes longer than `patienceMs`, the operator is told for what
 * it waits; it goes on waiting. By the machine's time: a clock that plays the past waits for nothing.
 */
export async function connecting<Result>(
  result: Promise<Result>,
  address: Address,
  io: Io,
  patienceMs = PATIENCE_MS,
): Promise<Result> {
  const timer = setTimeout(() => {
    const what = `the control port ${formatAddress(address)}`;
    tell(io, `still waiting for ${what} to answer: is it one, and is Tor not stopped?`, 'warning');
  }, patienceMs);
  try {
    return await result;
  } finally {
    clearTimeout(timer);
  }
}
