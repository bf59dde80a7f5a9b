/**
 * How `ss` (iproute2) is called.
 * Owns its arguments; what it prints is ss.ts's.
 */

/**
 * TCP (-t), no header (-H), numbers (-n), counters (-i), inodes (-e), all states (-a) but the one in
 * which no process has the socket any more, a socket a line (-O). An older ss has no -O, a still
 * older one no -H: both are only convenient.
 */
export const SS_ARGUMENTS: readonly (readonly string[])[] = [
  ['-t', '-i', '-n', '-e', '-a', '-H', '-O', 'exclude', 'time-wait'],
  ['-t', '-i', '-n', '-e', '-a', '-H', 'exclude', 'time-wait'],
  ['-t', '-i', '-n', '-e', '-a', 'exclude', 'time-wait'],
];
