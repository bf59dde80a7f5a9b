/**
 * What the page is of: the recording, its relay, when it was blind.
 * Owns which facts those are; the page's parts are other files'.
 */
import { NAMED_REPORTS } from '../../reports/reports.ts';
import type { Head } from '../parts.ts';
import { type PartInput, snapshotsIn } from './input.ts';
import { circuitsUnseen } from './lanes.ts';

/** What the caller says of the page beside what the recording does. */
export interface HeadInput extends Pick<PartInput, 'recording' | 'window' | 'path'> {
  readonly form: Head['form'];
  readonly version: string;
  /** The recording's file name. */
  readonly name: string;
  readonly leftOut?: readonly string[];
}

export function makeHead(input: HeadInput): Head {
  const { recording, window, form, version, name, path, leftOut = [] } = input;
  const { header, index } = recording;
  const { relay, source, intervalMs } = header;
  const restarts = index
    .runs()
    .slice(1)
    .map(({ id, firstSnapshot }) => ({ run: id, at: recording.timeOf(firstSnapshot)! }))
    .filter(({ at }) => at > window.from && at <= window.to);
  return {
    ...{ form, version, name, path, source, window, intervalMs, restarts, leftOut },
    relay: {
      fingerprint: relay.fingerprint,
      nickname: relay.nickname,
      torVersion: relay.torVersion,
    },
    extent: recording.extent!,
    snapshots: snapshotsIn(recording, window),
    gaps: recording.gapsIn(window),
    circuitsUnseen: circuitsUnseen(recording, window),
    reports: Object.fromEntries(NAMED_REPORTS.map((report) => [report.name, report.columns])),
    chainHead: recording.head ?? '',
  };
}
