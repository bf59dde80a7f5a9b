/**
 * `SIGNAL HEARTBEAT`: what Tor sums up of itself in its log, as info values.
 * Owns reading those lines and when the signal is due; sending it is stock.ts's.
 *
 *     Heartbeat: Tor's uptime is 0:02 hours, with 0 circuits open. I've sent 26 kB and received 0 kB. I've
 *       received 4 connections on IPv4 and 0 on IPv6. I've made 30 connections with IPv4 and 0 with IPv6.
 *     Heartbeat: DoS mitigation since startup: 0 circuits killed with too many cells, 3 circuits rejected,
 *       2 marked addresses, [DoSStreamCreationEnabled disabled], 0 INTRODUCE2 rejected.
 *     Heartbeat: Since last heartbeat message, I have seen 12 unique clients.
 */

const BEGIN = 'Heartbeat: ';

const CIRCUITS = /^Tor's uptime is .*, with (\d{1,10}) circuits? open\./;
const RECEIVED = / I've received (\d{1,10}) connections? on IPv4 and (\d{1,10}) on IPv6\./;
const MADE = / I've made (\d{1,10}) connections? with IPv4 and (\d{1,10}) with IPv6\./;
const DOS = /^DoS mitigation since startup: (.*)\.$/;
const DEFENCE = /^(\d{1,20}) ([A-Za-z0-9][A-Za-z0-9 ]{0,60})$/;
const CLIENTS = /^Since last heartbeat message, I have seen (\d{1,10}) unique clients?\.$/;

/** Tor's longest line has 400 characters, and eight defences. */
const MAX_LINE_LENGTH = 2048;
const MAX_DEFENCES = 32;

export class Heartbeat {
  readonly #everyMs: number | 'off';
  #askedAt = Number.NEGATIVE_INFINITY;
  #values: ReadonlyMap<string, string> = new Map();
  #refusal: string | undefined;

  /** @param everyMs milliseconds between two signals. */
  constructor(everyMs: number | 'off') {
    this.#everyMs = everyMs;
  }

  /** Whether any heartbeat is asked for. */
  get isOn(): boolean {
    return this.#everyMs !== 'off';
  }

  /** Sends the signal where it is due; one that Tor refuses costs only what it would say. */
  async beat(at: number, send: () => Promise<string | undefined>): Promise<void> {
    if (this.#everyMs === 'off' || at - this.#askedAt < this.#everyMs) return;
    this.#askedAt = at;
    this.#refusal = await send();
  }

  /** As `Asking` has it. */
  get failed(): readonly string[] {
    return this.#refusal === undefined ? [] : [`SIGNAL HEARTBEAT (${this.#refusal})`];
  }

  /** Takes the text of a NOTICE event; any other than a heartbeat's is passed over. */
  line(text: string): void {
    if (!text.startsWith(BEGIN) || text.length > MAX_LINE_LENGTH) return;
    const found = valuesIn(text.slice(BEGIN.length));
    if (found.length > 0) this.#values = new Map([...this.#values, ...found]);
  }

  /** What the last heartbeats said. */
  get values(): ReadonlyMap<string, string> {
    return this.#values;
  }
}

function valuesIn(said: string): [key: string, value: string][] {
  const values: [string, string][] = [];
  const [, circuits] = CIRCUITS.exec(said) ?? [];
  if (circuits !== undefined) values.push(['heartbeat/circuits', circuits]);
  for (const [direction, pattern] of [
    ['received', RECEIVED],
    ['initiated', MADE],
  ] as const) {
    for (const [index, count] of (pattern.exec(said) ?? []).slice(1).entries()) {
      const family = ['ipv4', 'ipv6'][index]!;
      values.push([`heartbeat/connections{direction="${direction}",family="${family}"}`, count]);
    }
  }
  const [, defences = ''] = DOS.exec(said) ?? [];
  for (const defence of defences.split(', ').slice(0, MAX_DEFENCES)) {
    const [, count, what] = DEFENCE.exec(defence) ?? [];
    if (count !== undefined) values.push([`heartbeat/dos{type="${what}"}`, count]);
  }
  const [, clients] = CLIENTS.exec(said) ?? [];
  if (clients !== undefined) values.push(['heartbeat/clients', clients]);
  return values;
}
