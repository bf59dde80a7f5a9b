/**
 * The seed of every property test: one that stands still, so that a run says of a change what it
 * did, and nothing of chance. `CONNTAPE_SEED=random` draws another one, which a failure prints.
 */
import fc from 'fast-check';

const STANDING = 2010;
const asked = process.env['CONNTAPE_SEED'];

if (asked !== 'random') fc.configureGlobal({ seed: Number(asked ?? STANDING) });
