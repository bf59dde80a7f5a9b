/**
 * What looks like an address in free text: that of Tor, of a control port, of a transcript.
 * Owns the forms, and that rather too much is taken for one than too little; what stands in its place
 * is the caller's.
 */

/** An IPv4 address wherever it stands in a word, and the numbers joined to it, such as a port. */
const IPV4 = /\d{1,3}(?:\.\d{1,3}){3}(?:[.:]\d+)*/g;

/** Hex digits with two colons among them: an IPv6 address, with its zone, port, and what is joined to it. */
const IPV6 =
  /\[?(?<![0-9A-Fa-f])[0-9A-Fa-f]*:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(?:[%\]](?:[\w:%\]-]|\.(?=\w))*)?/g;

/** What looks like an address and is not: Tor's versions (nobody is in 0.0.0.0/8), times of day. */
const TOR_VERSION = /^0(?:\.\d{1,3}){3}$/;
const TIME_OF_DAY = /^\[?\d{1,2}:\d{2}:\d{2}(?:\.\d*)?:?\]?$/;

/**
 * A text with every address in it replaced by `mask`, its port with it. What looks like an
 * address, such as a hardware address, goes too.
 */
export function maskAddresses(text: string, mask: string): string {
  return text
    .replace(IPV4, (word) => (TOR_VERSION.test(word) ? word : mask))
    .replace(IPV6, (word) => (TIME_OF_DAY.test(word) ? word : mask));
}
