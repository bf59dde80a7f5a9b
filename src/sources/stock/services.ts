/**
 * Whether there are onion services of which Tor does not say where their connections go.
 * Owns that inference. ADD_ONION makes them: `onions/detached` and `onions/current` list the names of
 * some, those that another controller's connection holds are in neither, and no answer has their
 * targets.
 */
import type { OwnCircuit } from './events.ts';

/** Keys for GETINFO. */
export const SERVICE_KEYS: readonly string[] = ['onions/current', 'onions/detached'];

/** What Tor calls the circuits of its own services; those of vanguards have no service's name. */
const PURPOSE = /^HS_SERVICE_/;

/**
 * Whether a service is listed that no torrc line made, or circuits serve more services than the
 * torrc has.
 * @param values of `SERVICE_KEYS`, as far as Tor knows them.
 * @param options with HiddenServiceDir, a line a service.
 */
export function hidesPlaces(
  values: ReadonlyMap<string, string>,
  options: ReadonlyMap<string, string>,
  circuits: readonly OwnCircuit[],
): boolean {
  if (SERVICE_KEYS.some((key) => (values.get(key) ?? '').trim() !== '')) return true;
  const configured = (options.get('HiddenServiceDir') ?? '')
    .split('\n')
    .filter((dir) => dir !== '');
  const served = new Set(
    circuits.filter(({ purpose }) => PURPOSE.test(purpose)).map(({ service }) => service),
  );
  return served.size > configured.length;
}
