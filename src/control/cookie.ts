/**
 * The cookie file: 32 random bytes that prove that a controller may read what Tor's user may.
 * Owns the file and the hashes over its content (control-spec, sections 3.5 and 3.24); not the
 * conversation about them.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { ConntapeError, messageOf } from '../error.ts';

/** Control-spec, section 3.5. */
const COOKIE_BYTES = 32;

/** Control-spec, section 3.24. */
const SERVER_KEY = 'Tor safe cookie authentication server-to-controller hash';
const CLIENT_KEY = 'Tor safe cookie authentication controller-to-server hash';

/** As long as the digest, so that neither side can repeat an old conversation. */
const NONCE_BYTES = 32;

export function makeNonce(): Buffer {
  return randomBytes(NONCE_BYTES);
}

/** What the server proves its knowledge of the cookie with: 32 bytes. */
export function safeCookieServerHash(
  cookie: Uint8Array,
  clientNonce: Uint8Array,
  serverNonce: Uint8Array,
): Buffer {
  return hash(SERVER_KEY, cookie, clientNonce, serverNonce);
}

/** What the controller proves its knowledge of the cookie with: 32 bytes. */
export function safeCookieClientHash(
  cookie: Uint8Array,
  clientNonce: Uint8Array,
  serverNonce: Uint8Array,
): Buffer {
  return hash(CLIENT_KEY, cookie, clientNonce, serverNonce);
}

function hash(key: string, ...parts: readonly Uint8Array[]): Buffer {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** Whether two secrets are equal, in a time that betrays neither their content nor where they differ. */
export function equalSecrets(one: Uint8Array, other: Uint8Array): boolean {
  const digest = (secret: Uint8Array) => createHash('sha256').update(secret).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/**
 * The cookie of a file. The path may come from a control port that lies, so only a regular file of
 * exactly 32 bytes is one, and no more is ever read. Throws `authenticate`, with the path and how
 * to gain the permission.
 */
export async function readCookie(path: string | Buffer): Promise<Buffer> {
  try {
    // O_NONBLOCK: opening a named pipe would wait for a writer for ever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = await file.stat();
      if (!status.isFile()) throw new Error('it is not a regular file');
      const content = Buffer.alloc(COOKIE_BYTES + 1);
      const { bytesRead } = await file.read(content, 0, content.length, 0);
      if (bytesRead !== COOKIE_BYTES) throw new Error(`it has not exactly ${COOKIE_BYTES} bytes`);
      return content.subarray(0, COOKIE_BYTES);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new ConntapeError(
      'authenticate',
      {
        operation: 'reading the cookie',
        object: path.toString(),
        cause: messageOf(error),
        hint:
          'set CookieAuthFileGroupReadable 1 in torrc and join the group of Tor ' +
          '(debian-tor, or _tor), or run as the same user as Tor',
      },
      { cause: error },
    );
  }
}

/** A cookie file of our own, from its making to its removal. */
export class CookieFile {
  readonly path: string;
  readonly cookie: Buffer;

  private constructor(path: string, cookie: Buffer) {
    this.path = path;
    this.cookie = cookie;
  }

  /**
   * Makes a new cookie, readable by its owner alone, and puts it in the place of an old one. Throws
   * `usage` where something else than a cookie stands there, or the file cannot be written.
   */
  static async create(path: string): Promise<CookieFile> {
    const cookie = randomBytes(COOKIE_BYTES);
    const fresh = `${path}.${randomBytes(8).toString('hex')}`;
    try {
      const old = await lstat(path).catch(() => undefined);
      if (old !== undefined && !(old.isFile() && old.size === COOKIE_BYTES)) {
        throw new Error('a file that is not a cookie is in the way');
      }
      const file = await open(fresh, 'wx', 0o600);
      try {
        await file.writeFile(cookie);
      } finally {
        await file.close();
      }
      await rename(fresh, path);
      return new CookieFile(path, cookie);
    } catch (error) {
      await rm(fresh, { force: true });
      throw new ConntapeError(
        'usage',
        { operation: 'writing the cookie', object: path, cause: messageOf(error) },
        { cause: error },
      );
    }
  }

  /** Removes the file, unless another cookie has taken its place. */
  async remove(): Promise<void> {
    const found = await readCookie(this.path).catch(() => undefined);
    if (found?.equals(this.cookie)) await rm(this.path, { force: true });
  }
}
