/**
 * A transcript in which every connection and circuit is there ten times.
 * Owns the copying: a percentile needs ten at risk, and rows by hand need few kinds of lives.
 */

interface Item {
  readonly conn?: string;
  readonly events?: readonly { readonly conn_id: number }[];
}

/** Ids are ten times as great, and from 0 to 9 more; CIRC_ID 0 stays. All else is as it was. */
export function tenfold(transcript: readonly string[]): string[] {
  return transcript.map((text) => {
    const item = JSON.parse(text) as Item;
    const { conn, events } = item;
    return JSON.stringify({
      ...item,
      ...(conn === undefined ? {} : { conn: conn.split('\n').flatMap(linesOf).join('\n') }),
      ...(events === undefined ? {} : { events: events.flatMap(eventsOf) }),
    });
  });
}

const COPIES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

function linesOf(line: string): string[] {
  const [connId, circId, ...fields] = line.split(' ');
  if (circId === undefined) return [];
  return COPIES.map((copy) =>
    [copyOf(connId!, copy), circId === '0' ? 0 : copyOf(circId, copy), ...fields].join(' '),
  );
}

function eventsOf<Told extends { readonly conn_id: number }>(event: Told): Told[] {
  return COPIES.map((copy) => ({ ...event, conn_id: copyOf(event.conn_id, copy) }));
}

function copyOf(id: string | number, copy: number): number {
  return 10 * Number(id) + copy;
}
