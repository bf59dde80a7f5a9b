/**
 * recorder-gap: times in which the recorder was blind.
 * Owns the rule (docs/reference.md, recorder-gap); what a gap is, the recording says.
 */
import { snapshotsAround } from './evidence.ts';
import type { Rule } from './rule.ts';
import { seconds } from './wording.ts';

export const recorderGap: Rule = {
  name: 'recorder-gap',
  explanation:
    'The recorder saw nothing for a while. What opened and closed in that time is in no report, and what somebody did who stopped the recorder first is not either.',
  harmless: 'A restart of Tor, of the machine or of the recorder; a machine that was very busy.',
  thresholds: {},
  needs: () => [],
  examine: ({ recording, window }) => ({
    findings: () =>
      recording.gapsIn(window).map(({ from, to, reason }) => ({
        severity: 'info',
        subject: 'recorder',
        firstSeen: from,
        lastSeen: to,
        snapshots: snapshotsAround(recording, from, to),
        value: (to - from) / 1000,
        threshold: 0,
        explanation: `Nothing was recorded for ${seconds(to - from)}: ${reason}.`,
      })),
  }),
};
