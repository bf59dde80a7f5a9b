/**
 * Small transcripts, each for one behaviour, with the arithmetic that leads to its rows.
 * Owns the transcripts; the rows they must give are in oracle.test.ts. Times below are seconds
 * after MIDNIGHT, polls come every 10 s, and a line has READ 10 and WRITE 20 where it matters not.
 */

/** Milliseconds since the epoch. */
export const MIDNIGHT = Date.parse('2026-11-23T00:00:00Z');

const RELAY = 'AB'.repeat(20);

type Fields = Record<string, unknown>;

function iso(second: number): string {
  return new Date(MIDNIGHT + second * 1000).toISOString();
}

function header(bytes?: 'connection' | 'entry'): string {
  const mode = bytes === undefined ? {} : { bytes };
  return JSON.stringify({ transcript: 1, source: 'native', ...mode, interval_s: 10 });
}

function snapshot(second: number, lines: readonly string[], more: Fields = {}): string {
  return JSON.stringify({ at: iso(second), conn: lines.join('\n'), ...more });
}

/** A line of no peer that is worth a name: `1 0 IRt 5` is CONN_ID, CIRC_ID, TYPE_FLAGS, UPTIME. */
function line(short: string, read = 10, written = 20): string {
  const [connId, circId, flags, uptime, ...extra] = short.split(' ');
  return [connId, circId, '0 0 0 0', flags, read, written, uptime, ...extra].join(' ');
}

function told(
  second: number,
  connId: number,
  what: 'opened' | 'closed',
  more: Fields = {},
): Fields {
  return { at: iso(second), conn_id: connId, what, ...more };
}

function gap(from: number, to: number): string {
  return JSON.stringify({ gap: { from: iso(from), to: iso(to), reason: 'control port closed' } });
}

/** Opened at 0 − 5 = −5 and still there at 20: lifetime at least 20 + 5 = 25. */
export const stillOpen = [
  header(),
  snapshot(0, [line('1 0 IRt 5')]),
  snapshot(10, [line('1 0 IRt 15')]),
  snapshot(20, [line('1 0 IRt 25')]),
];

/** Not in the listing of 10, back at 20 born at 20 − 25 = −5: one entry, last at 20, gone by 30. */
export const vanishes = [
  header(),
  snapshot(0, [line('1 0 IRt 5')]),
  snapshot(10, []),
  snapshot(20, [line('1 0 IRt 25')]),
  snapshot(30, []),
];

/** Back at 20 after 0: 1 born at 20 − 19 = 1, a second after it, goes on; 2 born at 2 is new. */
export const bornLater = [
  header(),
  snapshot(0, [line('1 0 IRt 0'), line('2 0 IRt 0')]),
  snapshot(10, []),
  snapshot(20, [line('1 0 IRt 19'), line('2 0 IRt 18')]),
];

/**
 * The first poll takes 50 ms, the second and third none. 1 is back at 20.05 born at 20.05 − 19 =
 * 1.05, a second after that poll's end, and goes on; 2, at 30.051 born at 1.051, is new.
 */
export const bornWhilePolled = [
  header(),
  snapshot(0, [line('1 0 IRt 0'), line('2 0 IRt 0')], { poll_ms: 50 }),
  snapshot(20.05, [line('1 0 IRt 19')]),
  snapshot(30.051, [line('1 0 IRt 29'), line('2 0 IRt 29')]),
];

/**
 * READ and WRITE are the connection's totals. READ of circuit 7's line on connection 1 falls at 10,
 * so it is another entry from there on, of the same connection, whose bytes count once: the greatest
 * of each counter, 100 and 30. Connection 2 carries circuit 7 too, with 5 and 6.
 */
const fallingTotals = [
  snapshot(0, [line('1 7 IRt 20', 100, 20), line('2 7 ORt 20', 5, 6)]),
  snapshot(10, [line('1 7 IRt 30', 40, 30), line('2 7 ORt 30', 5, 6)]),
];
export const splitEntry = [header('connection'), ...fallingTotals];
/** The same where they are what the circuit moved: two entries moved 100 + 40 and 20 + 30. */
export const splitEntryOfItsOwn = [header('entry'), ...fallingTotals];

/**
 * Connection 1, born at −20, has four lines. At 10 READ of circuit 1 falls, WRITE of 2, UPTIME of
 * 3: each is a new entry, the third opened at 10 − 19 = −9. Circuit 0 goes on with the same READ,
 * and the connection with it: its greatest UPTIME is 30. Connection 2 has one line, whose UPTIME
 * falls: a new connection too, opened at −9. Before 0 opened: 1, 2 and 2 again; closed: 2.
 */
export const counterFalls = [
  header('entry'),
  snapshot(
    0,
    ['1 0', '1 1', '1 2', '1 3', '2 0'].map((pair) => line(`${pair} IRt 20`)),
  ),
  snapshot(10, [
    line('1 0 IRt 30'),
    line('1 1 IRt 30', 9, 20),
    line('1 2 IRt 30', 10, 19),
    line('1 3 IRt 19'),
    line('2 0 IRt 19'),
  ]),
];

/**
 * info/uptime-process 100, not said, then 3: the snapshot of 20 begins run 2. The line of 20 would
 * have gone on, but a run ends everything. Told before the new process began at 20 − 3 = 17: the
 * end of connection 2, and connection 4, which ended with run 1. Told at 17: connection 3 of run 2,
 * gone by 20.
 */
export const restart = [
  header(),
  snapshot(0, [line('1 9 IRt 5'), line('2 0 IRt 5')], { info: { 'info/uptime-process': '100' } }),
  snapshot(10, [line('1 9 IRt 15'), line('2 0 IRt 15')]),
  snapshot(20, [line('1 9 IRt 25')], {
    info: { 'info/uptime-process': '3' },
    events: [
      told(15, 4, 'opened'),
      told(16, 2, 'closed', { reason: 'DONE' }),
      told(17, 3, 'opened'),
    ],
  }),
];

/**
 * 10 to 40 is 30 s, more than 2.5 × 10: an implied gap; 52 to 58 is declared. Observed of 0 to 60:
 * 60 − 30 − 6 = 24 s. 1 opened at −5, was last seen at 10 and is gone by 40: across the gap.
 * 2 opened at 40 − 15 = 25, in the gap; 3 at 60 − 7 = 53, in the other; 4 at 40 − 30 = 10, at the
 * gap's edge, which was observed, and 6 at its other edge. 6 lived at most 50 − 40 = 10 s. 5 opened
 * at −50 and 7 at 45; both are gone by 60, last seen at 50: across the second gap, so 7 is not
 * counted as short-lived.
 * Bucket 0: open 2 (1, 5), opened 3 (4, 6, 7) and unobserved 2 (2, 3), closed 1 (6) and unobserved
 * 1 (1), open 5; 3 / (24 / 60) = 7.5 and 1 / (24 / 60) = 2.5 a minute; short-lived 1 of 1.
 * Bucket 60: the last snapshot alone, nothing observed; closed unobserved 2 (5, 7), open 3.
 */
export const gaps = [
  header(),
  snapshot(0, [line('1 0 IRt 5'), line('5 0 IRt 50')]),
  snapshot(10, [line('1 0 IRt 15'), line('5 0 IRt 60')]),
  snapshot(40, [line('2 0 IRt 15'), line('4 0 IRt 30'), line('5 0 IRt 90'), line('6 0 IRt 0')]),
  snapshot(50, [line('2 0 IRt 25'), line('4 0 IRt 40'), line('5 0 IRt 100'), line('7 0 IRt 5')]),
  gap(52, 58),
  snapshot(60, [line('2 0 IRt 35'), line('4 0 IRt 50'), line('3 0 IRt 7')]),
];

/** A step of 2.5 intervals is the longest that is no gap: all of the 25 s were observed. */
export const longestStep = [header(), snapshot(0, []), snapshot(25, [])];

/**
 * 1: closed at 14, so the line of 20 is a new entry, opened at 20 − 23 = −3.
 * 2: opened at 4, which holds for circuit 7 of it too; told again at 16, which says nothing new.
 * 3: lived from 11 to 13, between two polls. 4: opened at 12, not in the listing of 20, no end told.
 * 5: the same at 20, the snapshot's own time. 8: nobody knows it.
 */
export const events = [
  header(),
  snapshot(0, [line('1 0 IRt 3')]),
  snapshot(10, [line('1 0 IRt 13'), line('2 0 IRt 5')], { events: [told(4, 2, 'opened')] }),
  snapshot(20, [line('1 0 IRt 23'), line('2 0 IRt 15'), line('2 7 IRt 15')], {
    events: [
      told(11, 3, 'opened', { or_id: RELAY, type_flags: 'ORT' }),
      told(12, 4, 'opened'),
      told(13, 3, 'closed', { reason: '=TLS, "error"' }),
      told(14, 1, 'closed', { reason: 'DONE' }),
      told(15, 8, 'closed', { reason: 'DONE' }),
      told(16, 2, 'opened'),
      told(20, 5, 'opened'),
    ],
  }),
  snapshot(30, []),
];

/**
 * All lines of 20 are born before the snapshots that held their pairs, and yet are new entries.
 * 1 closed at 14, also for circuit 7, which by the poll of 10 was gone already. 2 was gone by 10;
 * another 2 lived from 12 to 13. 3 lost its oldest line at 10, so that its UPTIME fell from 50 to
 * 15: another connection, opened at −5, which closed at 14 and is over for circuit 8 too.
 */
export const endedForGood = [
  header(),
  snapshot(0, [
    line('1 0 IRt 5'),
    line('1 7 IRt 5'),
    line('2 0 IRt 5'),
    line('3 8 IRt 50'),
    line('3 9 IRt 5'),
  ]),
  snapshot(10, [line('1 0 IRt 15'), line('3 9 IRt 15')]),
  snapshot(20, [line('1 7 IRt 25'), line('2 0 IRt 25'), line('3 8 IRt 70')], {
    events: [
      told(12, 2, 'opened'),
      told(13, 2, 'closed'),
      told(14, 1, 'closed'),
      told(14, 3, 'closed'),
    ],
  }),
];

/**
 * Both were there before the recorder. 1 counts from first sight, 10 − 0 = 10, and lived at least
 * 20 − 10 = 10 s; how long at most, nobody knows. 2 is told as opened at 7, so its age is known.
 */
export const ageUnknown = [
  header(),
  snapshot(0, []),
  snapshot(10, [line('1 6 IRt 0 AGE=unknown'), line('2 0 IRt 0 AGE=unknown')], {
    events: [told(7, 2, 'opened')],
  }),
  snapshot(20, [line('1 6 IRt 10 AGE=unknown'), line('2 0 IRt 10 AGE=unknown')]),
  snapshot(30, []),
];

/** Lines of one connection that disagree: the first with the greatest UPTIME speaks for it. */
export const agesDisagree = [
  header(),
  snapshot(0, []),
  snapshot(10, [
    line('1 0 IRt 5 AGE=unknown'),
    line('1 6 IRt 5'),
    line('2 0 IRt 4 AGE=unknown'),
    line('2 6 IRt 5'),
  ]),
];

/** Lived 29.999 s and 30 s by their events: the first alone is short-lived. One bucket of 60 s. */
export const shortLived = [
  header(),
  snapshot(0, []),
  snapshot(10, [line('1 0 IRt 9'), line('2 0 IRt 9')], {
    events: [told(1, 1, 'opened'), told(1, 2, 'opened')],
  }),
  snapshot(20, [line('1 0 IRt 19'), line('2 0 IRt 19')]),
  snapshot(30, [line('1 0 IRt 29'), line('2 0 IRt 29')]),
  snapshot(40, [], { events: [told(30.999, 1, 'closed'), told(31, 2, 'closed')] }),
];

/** Kept: a relay (1), control (2), outbound to the own network (3, 4). Withheld: the rest. */
export const addresses = [
  header(),
  snapshot(0, [
    `1 0 ${RELAY} 198.51.100.1 9001 443 IRT 1 2 3`,
    '2 0 0 203.0.113.2 40002 9051 IXt 1 2 3',
    '3 0 0 192.168.1.3 80 40003 oRt 1 2 3',
    '4 0 0 ::ffff:10.0.0.4 80 40004 ORt 1 2 3',
    '5 0 0 203.0.113.5 40005 443 IRt 1 2 3',
    '6 0 0 192.168.1.6 40006 443 IRt 1 2 3',
    '7 0 0 172.32.0.7 80 40007 ORt 1 2 3',
    '8 0 0 ::ffff:203.0.113.8 80 40008 OCX 1 2 3',
  ]),
];

/**
 * Circuit 5: inbound, outbound not established at 0 (blocked), established at 10 (relay), one each,
 * the later counts. Circuit 6: outbound only, then at 10 and 20 with an inbound that is not
 * established: neither relay nor blocked, so pending, two of three. Circuit 7: on connection 5 from
 * −5 until gone by 10, on 6 from 20 − 0 = 20, one interval after 10: one circuit. Circuit 8: on
 * connection 5 likewise, on 7 from 30 − 9 = 21, 11 s after 10: another circuit. Circuit 9: neither
 * side established, so blocked.
 */
export const shapes = [
  header(),
  snapshot(0, [
    line('1 5 IRt 5'),
    line('2 5 oRT 5'),
    line('3 6 ORT 5'),
    line('5 7 IRt 5'),
    line('5 8 IRt 5'),
    line('8 9 iRt 5'),
    line('9 9 oRT 5'),
  ]),
  snapshot(10, [line('1 5 IRt 15'), line('2 5 ORT 15'), line('3 6 ORT 15'), line('4 6 iRt 5')]),
  snapshot(20, [line('3 6 ORT 25'), line('4 6 iRt 15'), line('6 7 ORT 0')]),
  snapshot(30, [line('7 8 ORT 9')]),
];

/**
 * Circuits 5 and 6 share connection 1, circuit 7 has connection 2 to itself, circuit 5 is on 3 too.
 * `connection`: every line of 1 repeats its totals, so nobody knows what 5 and 6 moved. `entry`:
 * 5 read 100 + 1 = 101. The line with CIRC_ID 0 is the rest of 2: its totals are not all of 7's.
 */
export function shared(bytes: 'connection' | 'entry'): string[] {
  return [
    header(bytes),
    snapshot(0, [
      line('1 5 IRt 5', 100, 200),
      line('1 6 IRt 5', 100, 200),
      line('2 7 IRt 5', 300, 400),
      line('2 0 IRt 5', 300, 400),
      line('3 5 ORT 5', 1, 2),
    ]),
  ];
}

/** Two connections of one circuit with 2^53 − 1 each: together 2^54 − 2, which no double holds. */
export const greatCounters = [
  header(),
  snapshot(0, [
    line('1 5 IRt 5', Number.MAX_SAFE_INTEGER, 1),
    line('2 5 ORT 5', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  ]),
];

/** Of these only CONN_ID 1 (first of its pair), 2, 3 and 4 (4096 characters) are lines. */
export const disorder = [
  header(),
  snapshot(0, [
    '1 0 0 0 0 0 IRt 10 20 5 MORE=1 fields',
    '1 0 0 0 0 0 IRt 99 99 9',
    '',
    '  2  0 0 0   0 0 IRt 10 20 5\r',
    `3 0 ${'ef'.repeat(20)} 0 65535 65535 IRt 10 20 5`,
    `4 0 0 0 0 0 IRt 10 20 5 `.padEnd(4096, 'x'),
    `5 0 0 0 0 0 IRt 10 20 5 `.padEnd(4097, 'x'),
    '6 0 0 0 0 0 IRt 10 20',
    '7 0 0 0 65536 0 IRt 10 20 5',
    '8 0 0 0 0 0 IRt 9007199254740992 20 5',
    '9 0 0 0 0 0 IR7 10 20 5',
    '10 0 0 300.1.1.1 0 0 IRt 10 20 5',
    '11 0 ABC 0 0 0 IRt 10 20 5',
    '12 -1 0 0 0 0 IRt 10 20 5',
  ]),
];

/** A header alone. */
export const nothing = [header()];
