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
  shownBy: { report: 'load' },
  thresholds: {},
  needs: () => [],
  examine: ({ recording, window }) => ({
    findings: () => {
      const restarts = new Set(recording.index.runs().map(({ firstSnapshot }) => firstSnapshot));
      return recording.gapsIn(window).map(({ from, to, reason }) => {
        const snapshots = snapshotsAround(recording, from, to);
        const hadNoClock = from < CLOCKS_BEGIN && to >= CLOCKS_BEGIN;
        const meanwhile = restarts.has(snapshots[1]) ? ' Tor was restarted meanwhile.' : '';
        return {
          severity: 'info',
          subject: 'recorder',
          firstSeen: from,
          lastSeen: to,
          snapshots,
          value: hadNoClock ? null : (to - from) / 1000,
          threshold: 0,
          explanation: hadNoClock
            ? `The clock was set only then: this machine has none that goes on without power. Times before are wrong, and for how long nothing was recorded is not known.${meanwhile}`
            : `Nothing was recorded for ${seconds(to - from)}: ${reason}.${meanwhile}`,
        };
      });
    },
  }),
};

/** A clock that says less has not been set since the machine was started: no Tor of then tells ids. */
const CLOCKS_BEGIN = Date.UTC(2010, 0, 1);
