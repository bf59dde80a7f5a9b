/**
 * ClickHouse for tests, where CONNTAPE_CHDB names a folder in which npm's package chdb is installed: it
 * is 546 MB, and so no dependency of this package, not even of its development.
 * Owns whether there is one; the session is bench/fleetEngines.ts's.
 */

/** Undefined where there is none. */
export const CHDB = process.env['CONNTAPE_CHDB'];

/** Whether there is a ClickHouse. Says so on stderr where not, and throws where CI must have it. */
export function clickHouseHere(): boolean {
  if (CHDB !== undefined) return true;
  if (process.env['CONNTAPE_REQUIRE_TOR'] === '1') throw new Error('CONNTAPE_CHDB is missing');
  console.warn(
    'NOT TESTED: ClickHouse. It needs npm’s package chdb (546 MB) in a folder that CONNTAPE_CHDB names.',
  );
  return false;
}
