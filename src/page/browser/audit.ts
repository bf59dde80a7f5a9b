/**
 * What the audit found, asked for until it is known.
 * Owns asking again; the overview and the findings draw it.
 */
import type { FindingsPart, PageSpan } from '../parts.ts';
import type { PageSource } from './view.ts';

/** So long between two askings while the audit is at work. */
const AGAIN_MS = 1000;

export interface Audit {
  /** Null until the first answer. */
  readonly part: FindingsPart | null;
  readonly trouble: Error | null;
}

/** @param changed told of each answer; the last has rules, or trouble. */
export async function followAudit(
  source: PageSource,
  window: PageSpan,
  changed: (audit: Audit) => void,
): Promise<void> {
  const { signal } = new AbortController();
  for (;;) {
    try {
      const part = await source.part('findings', window, 1, signal);
      changed({ part, trouble: null });
      if (part.rules !== null) return;
    } catch (error) {
      changed({ part: null, trouble: error as Error });
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
