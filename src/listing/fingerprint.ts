/**
 * Fingerprints of relays.
 * Owns how one is read from a router status; as text, a fingerprint is 40 hex digits in upper case.
 */

/** Of the identity in an `r` line, 27 characters of base64 without `=` (dir-spec, router status). */
export function fingerprintOfIdentity(identity: string): string {
  return Buffer.from(identity, 'base64').toString('hex').toUpperCase();
}

/** A fingerprint as it is written here; undefined where a text is not one. */
export function fingerprintIn(text: string): string | undefined {
  const upper = text.toUpperCase();
  return /^[0-9A-F]{40}$/.test(upper) ? upper : undefined;
}
