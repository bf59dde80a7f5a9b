/**
 * `conntape fleet audit`: the audit of many recordings, for people, worst first.
 * Owns the wording around it; what is found, and in which recording, is fleet/audit.ts's.
 */

import { EXIT } from '../cli/exit.ts';
import { type FindingLayout, findingLayout, findingLines, ruleLines } from '../cli/findingLines.ts';
import {
  type AskedFleet,
  apart,
  askedFleet,
  askedLines,
  checkAnswered,
  silenceCode,
  silenceSections,
  whoOf,
} from '../cli/fleetAsked.ts';
import { partSections } from '../cli/fleetPartly.ts';
import type { Io } from '../cli/io.ts';
import { progressOver } from '../cli/progressOn.ts';
import type { ReportingOptions } from '../cli/reporting.ts';
import { shellWord } from '../cli/shell.ts';
import { screenOf } from '../cli/tables.ts';
import { endedLongAgo, tellWindow, type WindowOptions, windowIn } from '../cli/window.ts';
import { wrapped } from '../cli/wrapped.ts';
import { auditFleet, type FleetAudit, type FleetFinding, type FleetGroup } from '../fleet/audit.ts';
import type { Member, Silence } from '../fleet/member.ts';
import { relayCount, shortFingerprint } from '../fleet/members.ts';
import { isoTime } from '../listing/instant.ts';
import { visible } from '../listing/visible.ts';
import { type Screen, tableText } from '../output/aligned.ts';
import type { Column, Row, Table } from '../output/table.ts';
import { writeTable, writeText } from '../output/write.ts';
import { EVERYTHING, type Window } from '../recording/reader.ts';
import type { Severity } from '../reports/findings/rule.ts';
import { count, duration } from '../reports/findings/wording.ts';

export const FLEET_AUDIT_FORMATS = ['text', 'csv', 'json'] as const;

export interface FleetAuditOptions extends WindowOptions, ReportingOptions {
  readonly failOn?: Severity;
  readonly format: (typeof FLEET_AUDIT_FORMATS)[number];
}

/** Audits the recordings in what was named, one after another, and prints what they say together. */
export async function auditSideBySide(
  named: readonly string[],
  options: FleetAuditOptions,
  io: Io,
  end: (code: number) => void,
): Promise<void> {
  const fleet = await askedFleet(named, io);
  const window = windowIn(options, fleet.context);
  tellWindow(window, fleet.extent, io);
  const audit = await auditedFleet(fleet, window, options, io);
  const silent = [...fleet.silent, ...audit.silent];
  checkAnswered(audit.audited, silent, { window, extent: fleet.extent }, io);
  const code = codeOf(audit, silent, options.failOn);
  if (code !== undefined) end(code);
  const { format } = options;
  if (format !== 'text') {
    const screen = screenOf(io.stdout, io, '');
    await writeTable(audit.table(silent), format, io.stdout, { screen });
    return;
  }
  const screen = screenOf(io.stdout, io, 'a wider terminal, or a pipe, has all');
  const { names } = fleet;
  const shown = { audit, silent, names, window, screen, ...findingLayout(io), now: io.now() };
  await writeText(
    auditLines({ ...shown, labels: audit.audited.map(({ member }) => names.get(member)!) }),
    io.stdout,
  );
}

async function auditedFleet(
  { members, names }: AskedFleet,
  window: Window,
  { bucket, baseline = Number.POSITIVE_INFINITY, set = new Map() }: ReportingOptions,
  io: Io,
): Promise<FleetAudit> {
  const progress = progressOver(io, 'auditing', members.length);
  const question = { window, bucketMs: bucket, baselineMs: baseline, thresholds: set };
  const audit = await auditFleet(members, question, {
    shellWord,
    onSnapshot: (member, place, at) =>
      progress.advance(place + shareOf(member, window, at), names.get(member)!),
  });
  progress.finish();
  return audit;
}

/** How much of a recording's part of the window has been played. */
function shareOf({ extent }: Member, window: Window, at: number | undefined): number {
  const from = Math.max(window.from, extent.from);
  const length = Math.min(window.to, extent.to) - from;
  return at === undefined || length <= 0 ? 0 : (at - from) / (length + 1);
}

/** What is damaged comes before what was found, and that before what is not known. */
function codeOf(
  audit: FleetAudit,
  silent: readonly Silence[],
  failOn: Severity | undefined,
): number | undefined {
  const code = silenceCode(silent);
  if (code === EXIT.damaged) return code;
  return failOn !== undefined && audit.hasAtLeast(failOn) ? EXIT.findings : code;
}

interface ShownAudit extends FindingLayout, Pick<AskedFleet, 'names'> {
  readonly audit: FleetAudit;
  readonly silent: readonly Silence[];
  /** What each that was audited is called, by its place among them. */
  readonly labels: readonly string[];
  readonly window: Window;
  readonly screen: Screen | undefined;
  readonly now: number;
}

function* auditLines(shown: ShownAudit): Generator<string> {
  const { audit, screen, labels } = shown;
  const { audited } = audit;
  const groups = audit.groups();
  const sections = [
    headLines(shown),
    tableText(overview(shown), screen),
    ...groups.map((group) => groupLines(group, shown)),
    ...(groups.length === 0 ? [['Nothing was found in what could be seen.\n']] : []),
    ...unjudgedSections(shown),
    ...partSections(audited, labels, shown),
    ...silenceSections(shown),
  ];
  yield* apart(sections);
}

function* headLines(shown: ShownAudit): Generator<string> {
  yield* askedLines(shown.audit.audited, shown);
  if (shown.window.to === EVERYTHING.to) yield* endedLines(shown);
}

/** That recordings ended long ago, where no end was asked for. */
function* endedLines({ audit, labels, now, width }: ShownAudit): Generator<string> {
  const { audited } = audit;
  const ended = [...audited.keys()].flatMap((place) => {
    const { extent, intervalMs } = audited[place]!.member;
    const told = endedLongAgo({ extent, header: { intervalMs } }, now);
    return told === undefined ? [] : [{ place, to: extent.to, told }];
  });
  if (ended.length === 0) return;
  const [{ place, told }] = ended as [(typeof ended)[number]];
  const whose = ended.map((one) => visible(labels[one.place]!)).join(', ');
  if (ended.length === 1) {
    yield* wrapped(`${visible(labels[place]!)}: ${told}.`, '  ', width);
    return;
  }
  const ends = ended.map(({ to }) => to);
  const [first, last] = [Math.min(...ends), Math.max(...ends)].map((to) => duration(now - to));
  const when = `${last} ago${first === last ? '' : ' or earlier'}`;
  const text =
    ended.length === audited.length
      ? `${ended.length === 2 ? 'Both' : `All ${ended.length}`} recordings ended ${when}.`
      : `${whose}: their recordings ended ${when}.`;
  yield* wrapped(text, '  ', width);
}

const COLUMNS: readonly Column[] = [
  { name: 'relay', kind: 'text' },
  { name: 'fingerprint', kind: 'text' },
  { name: 'critical', kind: 'integer' },
  { name: 'warning', kind: 'integer' },
  { name: 'notice', kind: 'integer' },
  { name: 'info', kind: 'integer' },
  { name: 'unseen', kind: 'integer' },
  { name: 'blind', kind: 'text' },
  { name: 'from', kind: 'time' },
  { name: 'to', kind: 'time' },
  { name: 'recording', kind: 'text' },
];

const LEADING = [
  'relay',
  'critical',
  'warning',
  'notice',
  'info',
  'unseen',
  'blind',
  'fingerprint',
];

/** How each stands, a row a recording. */
function overview({ audit, labels }: ShownAudit): Table {
  const rows = audit.audited.map(({ member, counts, unobservable, coverage }, place): Row => {
    const { critical, warning, notice, info } = counts;
    const blind = coverage.blindMs === 0 ? '' : duration(coverage.blindMs);
    return [
      ...[labels[place]!, shortFingerprint(member), critical, warning, notice, info],
      ...[unobservable, blind, coverage.from, coverage.to, member.path],
    ];
  });
  return { name: 'overview', columns: COLUMNS, leading: LEADING, rows };
}

/** Of a group so many findings are printed, and of one recording in it. */
const PRINTED = 20;
const PRINTED_OF_ONE = 3;

function* groupLines(group: FleetGroup, shown: ShownAudit): Generator<string> {
  const { labels, width, audit } = shown;
  const { rule, severity, count: all, byMember } = group;
  const relays = relayCount([...byMember.keys()].map((place) => audit.audited[place]!.member));
  const of = relays === byMember.size ? '' : ` of ${count(relays, 'relay')}`;
  const many = `${count(all, 'finding')} in ${count(byMember.size, 'recording')}${of}`;
  yield* ruleLines(rule, severity, many, shown);
  if (byMember.size > 1) {
    const who = [...byMember].map(([place, its]) => `${visible(labels[place]!)} ${its}`).join(', ');
    const when = `${isoTime(group.firstSeen)} to ${isoTime(group.lastSeen)}`;
    yield* wrapped(`  ${when}: ${who}`, '    ', width);
    yield '\n';
  }
  const findings = [...printedOf(group)];
  yield* apart(
    findings.map(({ place, finding, command }) =>
      findingLines(finding, command, shown, labels[place]!),
    ),
  );
  const more = all - findings.length;
  if (more > 0) yield `\n  … and ${more} more: --format csv has all\n`;
}

function* printedOf(group: FleetGroup): Generator<FleetFinding> {
  const printed = new Map<number, number>();
  let total = 0;
  for (const found of group.findings()) {
    const before = printed.get(found.place) ?? 0;
    if (before === PRINTED_OF_ONE) continue;
    printed.set(found.place, before + 1);
    yield found;
    total++;
    if (total === PRINTED) return;
  }
}

/** Which rules could judge nothing, and of which recordings; no section where each could. */
function unjudgedSections({ audit, labels, style, width }: ShownAudit): Iterable<string>[] {
  const { unjudged } = audit;
  function* section(): Generator<string> {
    yield `${style.bold('Not observable')}\n`;
    const who = (number: number) => whoOf(unjudged[number]!.places, 'any of', labels);
    for (const [whose, rules] of Map.groupBy(unjudged.keys(), who)) {
      const names = rules.map((number) => unjudged[number]!.rule.name).join(', ');
      yield* wrapped(`  ${names}: by ${whose}`, '    ', width);
    }
    yield* wrapped('  conntape audit RECORDING says why.', '    ', width);
  }
  return unjudged.length === 0 ? [] : [section()];
}
