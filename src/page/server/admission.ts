/**
 * Who may ask the page's server: a browser of this machine that was given the link, from the page itself.
 * Owns the two secrets and the headers that are held against them; what is asked for is asked.ts's.
 *
 * Host is checked against a foreign name that resolves to this machine, Origin and Sec-Fetch-Site against
 * other sites in the same browser, the cookie against everybody else on the machine. The link may be
 * followed again: who has it has the terminal, and may want a second browser.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/** What is to be done with a request. */
export type Admitted =
  | { readonly kind: 'welcome' }
  /** It followed the link: the browser gets the cookie, and goes on to the page. */
  | { readonly kind: 'enter'; readonly cookie: string }
  | { readonly kind: 'refused'; readonly status: number; readonly text: string };

/** What of a request is looked at. */
type Sent = Pick<IncomingMessage, 'rawHeaders' | 'headers' | 'method'>;

/** Where the server listens. */
export interface Door {
  /** As it was asked for, such as `127.0.0.1` or `localhost`. */
  readonly host: string;
  readonly port: number;
}

const SECRET_BYTES = 32;

/** By these, and by what was listened on, this machine is called from itself. */
const OWN_NAMES = ['127.0.0.1', '[::1]', 'localhost'];

/** A name and a port, any: at the near end of a tunnel it may be another. */
const HOST = /^(.*?)(?::[0-9]{1,5})?$/;

/** Answered by the page itself, or by a link that no site led to. */
const OWN_SITE: readonly unknown[] = ['same-origin', 'none'];

const FOLLOW = 'open the link that conntape view printed';

export class PageAdmission {
  readonly #token = newSecret();
  readonly #cookie = newSecret();
  readonly #door: Door;
  readonly #names: ReadonlySet<string>;

  constructor(door: Door) {
    this.#door = door;
    this.#names = new Set([...OWN_NAMES, hostText(door.host)]);
  }

  /** The link that lets a browser in. */
  get link(): string {
    return `http://${hostText(this.#door.host)}:${this.#door.port}/?token=${this.#token}`;
  }

  /**
   * Judges a request by its headers alone.
   * @param token what stands in its URL, where one does.
   */
  admit({ method, rawHeaders, headers }: Sent, token: string | undefined): Admitted {
    const [host, ...others] = valuesOf('host', rawHeaders);
    if (host === undefined || others.length > 0 || !this.#isOwn(host)) {
      return refused(403, 'This host is not served: it goes by 127.0.0.1 and localhost.');
    }
    const { origin } = headers;
    const site = headers['sec-fetch-site'];
    const isOwnOrigin = origin === undefined || origin === `http://${host}`;
    if (!isOwnOrigin || (site !== undefined && !OWN_SITE.includes(site))) {
      return refused(403, 'Asked for by another site: paste the link into the address bar.');
    }
    if (method !== 'GET') return refused(405, 'Only GET is answered.');
    if (token !== undefined) {
      if (!isSecret(token, this.#token)) return refused(403, `This link is not valid: ${FOLLOW}.`);
      return { kind: 'enter', cookie: this.#setCookie };
    }
    if (this.#hasCookie(headers.cookie ?? '')) return { kind: 'welcome' };
    return refused(403, `No cookie of this page: ${FOLLOW}.`);
  }

  #isOwn(host: string): boolean {
    return this.#names.has(HOST.exec(host.toLowerCase())?.[1] ?? '');
  }

  /** Cookies know no ports: two views would take each other's without it in the name. */
  get #cookieName(): string {
    return `conntape-${this.#door.port}`;
  }

  get #setCookie(): string {
    return `${this.#cookieName}=${this.#cookie}; HttpOnly; SameSite=Strict; Path=/`;
  }

  #hasCookie(text: string): boolean {
    const begin = `${this.#cookieName}=`;
    return text
      .split(';')
      .map((pair) => pair.trim())
      .some((pair) => pair.startsWith(begin) && isSecret(pair.slice(begin.length), this.#cookie));
  }
}

function refused(status: number, text: string): Admitted {
  return { kind: 'refused', status, text };
}

/** Every value of a header, as often as it was sent: Node keeps the first of some. */
function valuesOf(name: string, raw: readonly string[]): string[] {
  return raw.filter((_, place) => place % 2 === 1 && raw[place - 1]!.toLowerCase() === name);
}

function hostText(host: string): string {
  return isIPv6(host) ? `[${host}]` : host.toLowerCase();
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** Takes the same time whatever is given, its length too. */
function isSecret(given: string, secret: string): boolean {
  const [one, other] = [given, secret].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(one!, other!);
}
