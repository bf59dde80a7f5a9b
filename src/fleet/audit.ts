/**
 * The audit of many recordings, side by side.
 * Owns what of each is kept beside the others', and that one is open at a time; the rules are
 * reports/findings/'s.
 */
import type { Cell, Column, Row, Table } from '../output/table.ts';
import type { Recording } from '../recording/reader.ts';
import { Spill } from '../recording/spill.ts';
import { type Coverage, coverageOf } from '../reports/findings/coverage.ts';
import { evidenceCommand } from '../reports/findings/evidenceCommand.ts';
import { Examining, type Verdict } from '../reports/findings/examining.ts';
import { type Finding, type Rule, SEVERITIES, type Severity } from '../reports/findings/rule.ts';
import { RULES } from '../reports/findings/rules.ts';
import { findingRow, findings, sightRows } from '../reports/findings.ts';
import { playAll } from '../reports/playing.ts';
import { checkRecorded } from '../reports/recorded.ts';
import type { ReportInput } from '../reports/report.ts';
import type { Member, Silence } from './member.ts';
import { heard } from './silence.ts';

/** What every recording is asked. */
export type FleetQuestion = Omit<ReportInput, 'recording' | 'selection'>;

/** A recording that was audited. */
export interface AuditedMember {
  readonly member: Member;
  readonly coverage: Coverage;
  readonly counts: Readonly<Record<Severity, number>>;
  /** How many rules found nothing and could see nothing that they could judge. */
  readonly unobservable: number;
}

/** A finding of one of them. */
export interface FleetFinding {
  /** The place of its recording among those audited. */
  readonly place: number;
  readonly finding: Finding;
  /** Shows its evidence. */
  readonly command: string;
}

/** What a rule found of one severity, whichever the recording; something. */
export interface FleetGroup {
  readonly rule: Rule;
  readonly severity: Severity;
  readonly count: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** How many of which recording, by its place, in the order in which they were audited. */
  readonly byMember: ReadonlyMap<number, number>;
  /** In the order of time. */
  findings(): Iterable<FleetFinding>;
}

/** How the asking goes on. */
export interface FleetAsking {
  /** The path as a shell takes it. */
  readonly shellWord: (path: string) => string;
  /** Called as the tape goes by, with the time of the snapshot, and before it with none. */
  readonly onSnapshot: (member: Member, place: number, at?: number) => void;
}

/**
 * Audits one recording after another. What was found waits in a file: memory is that of one audit, and
 * of a few numbers a recording.
 */
export async function auditFleet(
  members: readonly Member[],
  question: FleetQuestion,
  asking: FleetAsking,
): Promise<FleetAudit> {
  const audit = new FleetAudit();
  for (const [place, member] of members.entries()) {
    asking.onSnapshot(member, place);
    const onSnapshot = (at: number) => asking.onSnapshot(member, place, at);
    const { silence } = await heard(member.path, member, (recording) => {
      checkRecorded(recording, question.window);
      const input = { ...question, recording };
      const examining = new Examining(RULES, input);
      playAll([examining], input, onSnapshot);
      const path = asking.shellWord(member.path);
      audit.add(member, examining.verdict(), recording, input, path);
    });
    if (silence !== undefined) audit.silent.push(silence);
  }
  return audit;
}

interface Group {
  readonly rule: Rule;
  readonly severity: Severity;
  count: number;
  firstSeen: number;
  lastSeen: number;
  readonly byMember: Map<number, number>;
}

/** What the recordings of a fleet say together. */
export class FleetAudit {
  readonly audited: AuditedMember[] = [];
  /** Those that were asked and do not answer. */
  readonly silent: Silence[] = [];
  readonly #unjudged = new Map<Rule, number[]>();
  readonly #groups: Group[] = [];
  readonly #findings = new Spill<FleetFinding>();
  readonly #sights = new Spill<Cell[]>();

  /** @param path the recording's, as a shell takes it. */
  add(
    member: Member,
    { groups, sights }: Verdict,
    recording: Recording,
    input: ReportInput,
    path: string,
  ): void {
    const place = this.audited.length;
    const coverage = coverageOf(recording, input.window);
    const counts = { info: 0, notice: 0, warning: 0, critical: 0 };
    for (const { rule, severity, count, findings: inOrder } of groups) {
      counts[severity] = counts[severity] + count;
      for (const finding of inOrder()) {
        const command = evidenceCommand(rule, finding, recording, path);
        this.#addFinding(rule, { place, finding, command });
      }
    }
    for (const row of sightRows(sights, input)) this.#sights.add(place, 0, row);
    const unjudged = sights.filter(({ found, seen }) => !found && seen === 'nothing');
    for (const { rule } of unjudged) {
      const places = this.#unjudged.get(rule);
      if (places === undefined) this.#unjudged.set(rule, [place]);
      else places.push(place);
    }
    this.audited.push({ member, coverage, counts, unobservable: unjudged.length });
  }

  #addFinding(rule: Rule, found: FleetFinding): void {
    const { severity, firstSeen, lastSeen } = found.finding;
    let number = this.#groups.findIndex((one) => one.rule === rule && one.severity === severity);
    if (number < 0) {
      const byMember = new Map<number, number>();
      const none = { rule, severity, count: 0, firstSeen, lastSeen, byMember };
      number = this.#groups.push(none) - 1;
    }
    const group = this.#groups[number]!;
    group.count++;
    group.firstSeen = Math.min(group.firstSeen, firstSeen);
    group.lastSeen = Math.max(group.lastSeen, lastSeen);
    group.byMember.set(found.place, (group.byMember.get(found.place) ?? 0) + 1);
    this.#findings.add(number, firstSeen, found);
  }

  /** Worst first; of equals, what is of more recordings first. */
  groups(): FleetGroup[] {
    const rank = ({ severity }: Group) => SEVERITIES.indexOf(severity);
    return this.#groups
      .map((group, number) => ({ ...group, findings: () => this.#findings.inOrder(number) }))
      .sort(
        (a, b) =>
          rank(b) - rank(a) ||
          b.byMember.size - a.byMember.size ||
          RULES.indexOf(a.rule) - RULES.indexOf(b.rule),
      );
  }

  /** The rules that found nothing and could judge nothing, in their order, and of which recordings. */
  get unjudged(): { readonly rule: Rule; readonly places: readonly number[] }[] {
    return RULES.flatMap((rule) => {
      const places = this.#unjudged.get(rule);
      return places === undefined ? [] : [{ rule, places }];
    });
  }

  /** Whether something is this severe, or worse. */
  hasAtLeast(severity: Severity): boolean {
    const least = SEVERITIES.indexOf(severity);
    return this.#groups.some((group) => SEVERITIES.indexOf(group.severity) >= least);
  }

  /**
   * What `report findings` has of each, with whose it is: what was found of all, in the order of
   * `groups`, then what was not, recording by recording, then those that do not answer.
   */
  table(silent: readonly Silence[]): Table {
    return { name: 'fleet', columns: COLUMNS, rows: this.#rows(silent) };
  }

  *#rows(silent: readonly Silence[]): Generator<Row, void> {
    for (const { rule, findings: inOrder } of this.groups()) {
      for (const { place, finding } of inOrder()) {
        yield [...memberCells(this.audited[place]!.member), ...findingRow(rule, finding)];
      }
    }
    for (const { group, item } of this.#sights.all()) {
      yield [...memberCells(this.audited[group]!.member), ...item];
    }
    for (const { path, member, why } of silent) {
      const whose = member === undefined ? [null, null, path] : memberCells(member);
      yield [...whose, null, SILENT, null, null, null, null, null, null, why];
    }
  }
}

/** In the place of a severity, as `not found` is. */
const SILENT = 'no answer';

/** Those of `report findings` with three before them. */
const COLUMNS: readonly Column[] = [
  { name: 'relay', kind: 'text' },
  { name: 'nickname', kind: 'text' },
  { name: 'recording', kind: 'text' },
  ...findings.columns,
];

function memberCells({ fingerprint, nickname, path }: Member): Cell[] {
  return [fingerprint || null, nickname || null, path];
}
