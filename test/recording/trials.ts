/**
 * How often the trials of what can happen to a recorder are made.
 * Owns the number: CONNTAPE_TRIALS in the environment, few where it is not set.
 */
export const TRIALS = Number(process.env['CONNTAPE_TRIALS'] ?? 1);

/** The numbers of the trials, from 1 on. */
export const EACH_TRIAL = Array.from({ length: TRIALS }, (_, index) => index + 1);
