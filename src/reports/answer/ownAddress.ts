/**
 * Whether the source of the complaint was this relay's own address.
 * Owns the question and its words (docs/reference.md, Answering a complaint).
 */
import { ownAddressesIn } from '../../listing/ownAddresses.ts';
import type { ComplaintAnswer } from './complaint.ts';
import { answersOver, type OfSession } from './held.ts';
import type { HeldSession, Looked } from './looking.ts';

/** None where no source was given. */
export function sourceAnswers(looked: Looked): ComplaintAnswer[] {
  const { source } = looked.complaint;
  if (source === undefined) return [];
  const about = { question: 'source', asks: `Was ${source} its own address?` } as const;
  return answersOver(about, looked, (held) => sourceIn(held, source));
}

function sourceIn({ header: { config } }: HeldSession, source: string): OfSession {
  const own = ownAddressesIn(config);
  const by = own.filter(({ ip }) => ip === source).map(({ key }) => key);
  if (by.length > 0) {
    const because = `${source} was an address of this relay. What comes from there may also be another program’s on that machine, or another machine’s behind it.`;
    return { verdict: 'seen', because, evidence: [`it stands in ${by.join(' and in ')}`] };
  }
  const known =
    own.length === 0
      ? 'the recording names no address of this relay'
      : `of this relay’s addresses it names ${[...new Set(own.map(({ ip, key }) => `${ip} (${key})`))].join(', ')}`;
  const because =
    'Which address a connection leaves from is not recorded, and the recording names no such address as this relay’s: the system may choose another one, and others may be behind one with it.';
  return { verdict: 'not observable', because, evidence: [known] };
}
