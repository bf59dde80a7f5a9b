/**
 * Who may speak to a server: one admission for each connection, from its first line on.
 * Owns the server's side of control-spec's sections 3.5, 3.21 and 3.24, in Tor's words; what an
 * admitted controller asks is servedController.ts's.
 */
import { type Command, wordsOf } from './command.ts';
import { equalSecrets, makeNonce, safeCookieClientHash, safeCookieServerHash } from './cookie.ts';
import { escapeControls } from './printable.ts';
import { quote, unquoteAt } from './quoting.ts';
import { type Reply, replyOf } from './reply.ts';

/** What opens the server; where neither is there, everyone is admitted. */
export interface Credentials {
  readonly cookie?: { readonly path: string; readonly cookie: Uint8Array };
  readonly password?: string;
}

/** A reply, and whether the connection ends after it. */
export interface Answer {
  readonly reply: Reply;
  readonly closes: boolean;
}

const OK = replyOf(250, 'OK');

const DIGEST_BYTES = 32;

export class Admission {
  readonly #credentials: Credentials;
  readonly #torVersion: string;
  #admitted = false;
  #wasIntroduced = false;
  /** After a challenge, the only proof that counts. */
  #expected: Buffer | undefined;

  constructor(credentials: Credentials, torVersion: string) {
    this.#credentials = credentials;
    this.#torVersion = torVersion;
  }

  get isAdmitted(): boolean {
    return this.#admitted;
  }

  /** Whether a command of this name is an attempt at what a person may have thought of. */
  isGuess(keyword: string): boolean {
    const { password } = this.#credentials;
    return keyword === 'AUTHENTICATE' && !this.#admitted && password !== undefined;
  }

  /**
   * The answer to a command of authentication, and to any other of a controller that is not
   * admitted yet; undefined leaves an admitted one's command to its conversation.
   * @param keyword in upper case, with the `+` of a command with data.
   */
  answer(keyword: string, command: Command): Answer | undefined {
    switch (keyword) {
      case 'PROTOCOLINFO':
        return this.#introduce(wordsOf(command.args));
      case 'AUTHCHALLENGE':
        return this.#challenge(command.args);
      case 'AUTHENTICATE':
        return this.#authenticate(command.args);
      default:
        return this.#admitted ? undefined : REQUIRED;
    }
  }

  #introduce(versions: readonly string[]): Answer {
    if (!this.#admitted && (this.#wasIntroduced || this.#expected !== undefined)) return REQUIRED;
    const strange = versions.find((version) => !/^\d{1,9}$/.test(version));
    if (strange !== undefined) {
      const reply = replyOf(513, `No such version ${quote(escapeControls(strange))}`);
      return { reply, closes: !this.#admitted };
    }
    this.#wasIntroduced = true;
    const { cookie, password } = this.#credentials;
    const methods = [
      ...(cookie === undefined ? [] : ['COOKIE', 'SAFECOOKIE']),
      ...(password === undefined ? [] : ['HASHEDPASSWORD']),
    ];
    const auth = `AUTH METHODS=${methods.length === 0 ? 'NULL' : methods.join(',')}`;
    const file = cookie === undefined ? '' : ` COOKIEFILE=${quote(cookie.path)}`;
    return stay({
      status: 250,
      lines: [
        { status: 250, text: 'PROTOCOLINFO 1' },
        { status: 250, text: `${auth}${file}` },
        { status: 250, text: `VERSION Tor=${quote(this.#torVersion)}` },
        ...OK.lines,
      ],
    });
  }

  #challenge(args: string): Answer {
    const { cookie } = this.#credentials;
    if (!this.#admitted && this.#expected !== undefined) return REQUIRED;
    const words = argumentsOf(args);
    if (words === undefined) return stay(badArguments('AUTHCHALLENGE', UNPARSABLE));
    const [method, nonceText, ...more] = words;
    if (method === undefined) {
      return stay(badArguments('AUTHCHALLENGE', 'Need at least 1 argument(s)'));
    }
    if (method.toUpperCase() !== 'SAFECOOKIE') {
      return close(513, 'AUTHCHALLENGE only supports SAFECOOKIE authentication');
    }
    if (cookie === undefined) return close(515, 'Cookie authentication is disabled');
    if (nonceText === undefined || more.length > 0) {
      return close(512, 'Wrong number of arguments for AUTHCHALLENGE');
    }
    const clientNonce = secretOf(nonceText);
    if (clientNonce === undefined) return close(513, 'Invalid base16 client nonce');
    const serverNonce = makeNonce();
    const proof = safeCookieServerHash(cookie.cookie, clientNonce, serverNonce);
    this.#expected = safeCookieClientHash(cookie.cookie, clientNonce, serverNonce);
    const hex = (bytes: Buffer) => bytes.toString('hex').toUpperCase();
    return stay(
      replyOf(250, `AUTHCHALLENGE SERVERHASH=${hex(proof)} SERVERNONCE=${hex(serverNonce)}`),
    );
  }

  #authenticate(args: string): Answer {
    const words = argumentsOf(args);
    if (words === undefined) return stay(badArguments('AUTHENTICATE', UNPARSABLE));
    if (words.length > 1) return close(512, 'Too many arguments to AUTHENTICATE.');
    const secret = secretOf(args);
    if (secret === undefined) {
      return close(
        551,
        'Invalid hexadecimal encoding.  Maybe you tried a plain text password?  ' +
          'If so, the standard requires that you put it in double quotes.',
      );
    }
    const refusal = this.#refusal(secret, args.startsWith('"'));
    if (refusal !== undefined) return close(515, `Authentication failed: ${refusal}`);
    this.#expected = undefined;
    this.#admitted = true;
    return stay(OK);
  }

  /** Why a secret does not open the server, in Tor's words; undefined where it does. */
  #refusal(secret: Buffer, wasQuoted: boolean): string | undefined {
    const { cookie, password } = this.#credentials;
    if (this.#expected !== undefined) {
      if (secret.length !== DIGEST_BYTES) return 'Wrong length for safe cookie response.';
      if (equalSecrets(secret, this.#expected)) return undefined;
      return 'Safe cookie response did not match expected value.';
    }
    if (cookie === undefined && password === undefined) return undefined;
    if (cookie !== undefined && equalSecrets(secret, cookie.cookie)) return undefined;
    if (password !== undefined && equalSecrets(secret, Buffer.from(password))) return undefined;
    if (cookie !== undefined && password !== undefined) {
      return 'Password did not match HashedControlPassword *or* authentication cookie.';
    }
    if (cookie === undefined) {
      const refusal = 'Password did not match HashedControlPassword value from configuration';
      return wasQuoted
        ? refusal
        : `${refusal}. Maybe you tried a plain text password? ` +
            'If so, the standard requires that you put it in double quotes.';
    }
    return secret.length === cookie.cookie.length
      ? 'Authentication cookie did not match expected value.'
      : 'Wrong length on authentication cookie.';
  }
}

/**
 * The arguments of a command of authentication, quoted strings with their quotes; undefined where a
 * quote is not closed.
 */
function argumentsOf(args: string): string[] | undefined {
  const words: string[] = [];
  for (let rest = args; rest !== ''; ) {
    const end = rest.startsWith('"') ? quotedLength(rest) : /^[^ \t]*/.exec(rest)![0].length;
    if (end === undefined) return undefined;
    words.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return words;
}

function quotedLength(text: string): number | undefined {
  try {
    return unquoteAt(text, 0).end;
  } catch {
    return undefined;
  }
}

/** A secret as it stands in a command: quoted, or hexadecimal, or empty; undefined for neither. */
function secretOf(text: string): Buffer | undefined {
  if (text.startsWith('"')) return Buffer.from(unquoteAt(text, 0).value);
  return /^(?:[0-9A-Fa-f]{2})*$/.test(text) ? Buffer.from(text, 'hex') : undefined;
}

const UNPARSABLE = 'Cannot parse keyword argument(s)';

/** Tor lets a controller try again that it did not understand. */
function badArguments(command: string, why: string): Reply {
  return replyOf(512, `Bad arguments to ${command}: ${why}`);
}

function stay(reply: Reply): Answer {
  return { reply, closes: false };
}

function close(status: number, text: string): Answer {
  return { reply: replyOf(status, text), closes: true };
}

const REQUIRED: Answer = close(514, 'Authentication required.');
