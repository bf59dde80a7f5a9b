/**
 * How a controller shows that it may speak: what Tor offers, what is tried, and in which order.
 * Owns the controller's side of control-spec's sections 3.5, 3.21 and 3.24; the server's is
 * admission.ts's.
 */
import { ConntapeError } from '../error.ts';
import {
  equalSecrets,
  makeNonce,
  readCookie,
  safeCookieClientHash,
  safeCookieServerHash,
} from './cookie.ts';
import { type Arguments, parseArguments, quote } from './quoting.ts';
import { type Reply, ReplyError } from './reply.ts';

/** What `PROTOCOLINFO` says. */
export interface ProtocolInfo {
  /** As Tor names them; those not known are kept. */
  readonly methods: readonly string[];
  /** Bytes where the path is not UTF-8. */
  readonly cookieFile?: string | Buffer;
  /** Empty where Tor does not say. */
  readonly torVersion: string;
}

/** What the operator gave to authenticate with. */
export interface Secrets {
  readonly password?: string;
  /** In place of the path that Tor names. */
  readonly cookieFile?: string;
}

/** Sends a line and gives its reply; rejects with `ReplyError` where Tor refuses. */
export type Send = (line: string) => Promise<Reply>;

/**
 * Reads the reply to `PROTOCOLINFO` (control-spec, section 3.21). Throws `protocol` where it says
 * nothing about authentication.
 */
export function parseProtocolInfo(reply: Reply): ProtocolInfo {
  let auth: Arguments | undefined;
  let torVersion = '';
  for (const { text } of reply.lines) {
    const line = parseArguments(text);
    if (line.plain[0] === 'AUTH') auth = line;
    if (line.plain[0] === 'VERSION') torVersion = line.keyed.get('Tor') ?? '';
  }
  if (auth === undefined) throw lies('PROTOCOLINFO', 'the reply has no AUTH line');
  const methods = (auth.keyed.get('METHODS') ?? '').split(',').filter((method) => method !== '');
  const cookieFile = auth.raw.get('COOKIEFILE') ?? auth.keyed.get('COOKIEFILE');
  return { methods, torVersion, ...(cookieFile === undefined ? {} : { cookieFile }) };
}

/**
 * Says who we are on a connection that has just been opened, and gives the version that Tor names
 * (empty where it does not). Throws as `parseProtocolInfo` and `authenticate`.
 */
export async function introduce(send: Send, secrets: Secrets): Promise<string> {
  const info = parseProtocolInfo(await send('PROTOCOLINFO 1'));
  await authenticate(send, info, secrets);
  return info.torVersion;
}

/**
 * Authenticates by the safest method that can be attempted: SAFECOOKIE, which gives no secret to a
 * server that does not know it; the password, where one was given; the bare cookie; nothing. The
 * next is tried only where one could not be attempted on this machine, since Tor closes the
 * connection after a failure. Throws `authenticate`, with why each method was not possible or what
 * Tor answered, and `protocol` where the server does not keep to the protocol.
 */
export async function authenticate(
  send: Send,
  info: ProtocolInfo,
  secrets: Secrets,
): Promise<void> {
  const { password } = secrets;
  const offers = (method: string) => info.methods.includes(method);
  let unreadable: ConntapeError | undefined;
  let cookie: Buffer | undefined;
  if (offers('SAFECOOKIE') || offers('COOKIE')) {
    try {
      cookie = await readCookie(cookiePath(info, secrets));
    } catch (error) {
      if (!(error instanceof ConntapeError)) throw error;
      unreadable = error;
    }
  }
  if (cookie !== undefined && offers('SAFECOOKIE')) return await safeCookie(send, cookie);
  if (password !== undefined && offers('HASHEDPASSWORD')) {
    return await prove(send, quote(password), 'is the password the one of HashedControlPassword?');
  }
  if (cookie !== undefined) return await prove(send, cookie.toString('hex'), OLD_COOKIE);
  if (offers('NULL')) return await prove(send, '', 'restart Tor, or look at its log');
  throw unreadable ?? notPossible(info);
}

const OLD_COOKIE = 'the cookie file may be of another Tor, or of one that was restarted';

function cookiePath(info: ProtocolInfo, secrets: Secrets): string | Buffer {
  const path = secrets.cookieFile ?? info.cookieFile;
  if (path !== undefined) return path;
  throw new ConntapeError('authenticate', {
    operation: 'authenticating',
    cause: 'Tor wants its cookie and does not say where it is',
    hint: 'name the file with --cookie-file',
  });
}

function notPossible(info: ProtocolInfo): ConntapeError {
  if (info.methods.includes('HASHEDPASSWORD')) {
    return new ConntapeError('authenticate', {
      operation: 'authenticating',
      cause: 'Tor wants a password and none was given',
      hint: 'set CONNTAPE_CONTROL_PASSWORD or give --password-file',
    });
  }
  return new ConntapeError('authenticate', {
    operation: 'authenticating',
    cause: 'Tor offers no method that is known here',
    hint: 'set CookieAuthentication 1 or HashedControlPassword in torrc',
  });
}

/** Both sides prove that they know the cookie, the server first (control-spec, section 3.24). */
async function safeCookie(send: Send, cookie: Buffer): Promise<void> {
  const nonce = makeNonce();
  const reply = await refusable(
    send,
    `AUTHCHALLENGE SAFECOOKIE ${nonce.toString('hex')}`,
    OLD_COOKIE,
  );
  const { keyed } = parseArguments(reply.lines[0]!.text);
  const theirHash = hexOf(keyed.get('SERVERHASH'));
  const theirNonce = hexOf(keyed.get('SERVERNONCE'));
  if (theirHash === undefined || theirNonce === undefined) {
    throw lies('AUTHCHALLENGE', 'the reply lacks SERVERHASH or SERVERNONCE');
  }
  if (!equalSecrets(theirHash, safeCookieServerHash(cookie, nonce, theirNonce))) {
    throw new ConntapeError('authenticate', {
      operation: 'authenticating',
      cause: 'the server does not know the cookie, so nothing was proved to it',
      hint: OLD_COOKIE,
    });
  }
  const proof = safeCookieClientHash(cookie, nonce, theirNonce);
  await prove(send, proof.toString('hex'), OLD_COOKIE);
}

async function prove(send: Send, proof: string, hint: string): Promise<void> {
  await refusable(send, proof === '' ? 'AUTHENTICATE' : `AUTHENTICATE ${proof}`, hint);
}

async function refusable(send: Send, line: string, hint: string): Promise<Reply> {
  try {
    return await send(line);
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
    const { cause } = error.parts;
    const parts = { operation: 'authenticating', cause, hint };
    throw new ConntapeError('authenticate', parts, { cause: error });
  }
}

function hexOf(text: string | undefined): Buffer | undefined {
  return text !== undefined && /^(?:[0-9A-Fa-f]{2})+$/.test(text)
    ? Buffer.from(text, 'hex')
    : undefined;
}

function lies(operation: string, cause: string): ConntapeError {
  return new ConntapeError('protocol', { operation, cause });
}
