/**
 * Twelve relays of one family, an hour of each, with incidents planted in three of them.
 * Owns the transcripts, and what of them a question must find.
 *
 * Asked is from NOON to NOON + 1 h. Each relay polls every 30 s, from half an hour before, and has
 * connections to and from relays that are its own alone, some of which are reset now and then.
 */

export const NOON = Date.parse('2026-11-23T12:00:00Z');
const HOUR_S = 3600;
const INTERVAL_S = 30;

export const FLEET = Array.from({ length: 12 }, (_, place) => place + 1);

/** Those in which the incidents are. */
export const STRUCK = [3, 7, 11] as const;

/** Blind from before NOON to behind the hour; recorded on the day before alone; recorded from 12:30 on. */
export const BLIND = 5;
export const MISSING = 8;
export const LATE = 10;

/** Seen as a relay's by those that are struck, and by no other. */
export const STRANGER = { orId: 'E'.repeat(40), ip: '203.0.113.66' } as const;

/** Connects to all of them. */
export const EVERYWHERE = 'D'.repeat(40);

/** In this minute many connections of those that are struck are reset. */
export const RESETS_AT = NOON + 30 * 60_000;
const RESETS = 12;

export function fingerprintOf(relay: number): string {
  return relay.toString(16).toUpperCase().padStart(2, '0').repeat(20);
}

export function nicknameOf(relay: number): string {
  return `family${relay}`;
}

interface Line {
  readonly connId: number;
  readonly orId: string;
  readonly ip: string;
  readonly flags: string;
  /** Seconds after NOON. */
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** The transcript of a relay, line by line. */
export function transcriptOf(relay: number): string[] {
  const lines = linesOf(relay);
  const [from, to] = recordedOf(relay);
  const header = {
    ...{ transcript: 1, source: 'native', bytes: 'connection', interval_s: INTERVAL_S },
    relay: {
      fingerprint: fingerprintOf(relay),
      nickname: nicknameOf(relay),
      tor_version: '0.4.9.11',
    },
    config: { ExitRelay: '0', ExitPolicyRejectPrivate: '1' },
  };
  const items: string[] = [JSON.stringify(header)];
  for (let at = from; at <= to; at += INTERVAL_S) {
    if (relay === BLIND && at > -600 && at < HOUR_S + 600) {
      if (at - INTERVAL_S <= -600) {
        items.push(
          JSON.stringify({
            gap: { from: iso(at - 30), to: iso(HOUR_S + 600), reason: 'Tor did not answer' },
          }),
        );
      }
      continue;
    }
    const there = lines.filter((line) => line.from <= at && line.to > at);
    const ended = lines.filter((line) => line.to <= at && line.to > at - INTERVAL_S && at > from);
    items.push(
      JSON.stringify({
        at: iso(at),
        conn: there.map((line) => textOf(line, at)).join('\n'),
        events: ended.map(({ connId, to: end, reason }) => ({
          ...{ at: iso(end), conn_id: connId, what: 'closed', reason },
        })),
      }),
    );
  }
  return items;
}

/** Seconds after NOON. */
function recordedOf(relay: number): [from: number, to: number] {
  if (relay === MISSING) return [-20 * HOUR_S, -19 * HOUR_S];
  if (relay === LATE) return [HOUR_S / 2, 2 * HOUR_S];
  return [-HOUR_S / 2, 2 * HOUR_S];
}

function linesOf(relay: number): Line[] {
  const [from, to] = recordedOf(relay);
  const lines: Line[] = [];
  const add = (line: Omit<Line, 'connId'>) => lines.push({ connId: 100 + lines.length, ...line });
  const ours = (place: number) => ({
    orId: `${relay.toString(16).padStart(2, '0')}${place.toString(16).padStart(2, '0')}`
      .toUpperCase()
      .repeat(10),
    ip: `198.51.100.${relay * 20 + place}`,
  });
  for (let place = 0; place < 16; place++) {
    const reason = place === 0 ? 'CONNECTRESET' : 'DONE';
    const flags = place % 2 === 0 ? 'IRT' : 'ORT';
    for (let at = from - 100 + place * 7, turn = 1; at < to; turn++) {
      // Of no rhythm that a rule would take for a beacon's.
      const length = 300 + ((turn * turn * 379 + place * 101 + relay * 53) % 900);
      add({ ...ours(place), flags, from: at, to: at + length, reason });
      at += length + 60;
    }
  }
  add({ orId: EVERYWHERE, ip: '203.0.113.9', flags: 'IRT', from, to: to + 1, reason: '' });
  if (!STRUCK.some((each) => each === relay)) return lines;
  add({ ...STRANGER, flags: 'ORT', from: 600, to: 1200, reason: 'DONE' });
  add({ orId: '0', ip: '192.168.1.20', flags: 'ORt', from: 900, to: 1500, reason: 'DONE' });
  const reset = (RESETS_AT - NOON) / 1000 + 20;
  for (let place = 0; place < RESETS; place++) {
    add({ ...ours(place), flags: 'IRT', from: 1000, to: reset + place, reason: 'CONNECTRESET' });
  }
  return lines;
}

function textOf({ connId, orId, ip, flags, from }: Line, at: number): string {
  const uptime = at - from;
  return [connId, 0, orId, ip, 9001, 9001, flags, uptime * 100, uptime * 100, uptime].join(' ');
}

function iso(second: number): string {
  return new Date(NOON + second * 1000).toISOString();
}
