/**
 * `conntape audit`: the findings for people, worst first.
 * Owns the wording around them; what is found, and its evidence, is reports/findings/'s.
 */
import { type Command, Option } from 'commander';
import { auditFamilies } from '../cli/auditMetrics.ts';
import { sightLines } from '../cli/auditSight.ts';
import { EXIT } from '../cli/exit.ts';
import { type FindingLayout, findingLayout, findingLines, ruleLines } from '../cli/findingLines.ts';
import type { Io } from '../cli/io.ts';
import { withRecording } from '../cli/opened.ts';
import { OutputFile } from '../cli/outputFile.ts';
import {
  addReportingOptions,
  questionOf,
  type ReportingOptions,
  tapeProgress,
} from '../cli/reporting.ts';
import { checkMetricsFile, METRICS_MODE } from '../cli/seriesFile.ts';
import { shellWord } from '../cli/shell.ts';
import {
  addWindowOptions,
  endedLongAgo,
  resolveWindow,
  unrecordedLines,
  type WindowOptions,
} from '../cli/window.ts';
import { wrapped } from '../cli/wrapped.ts';
import { isoTime } from '../listing/instant.ts';
import { prometheusText } from '../output/prometheus.ts';
import { writeText } from '../output/write.ts';
import { coverageOf } from '../reports/findings/coverage.ts';
import { evidenceCommand } from '../reports/findings/evidenceCommand.ts';
import { Examining, type FindingGroup, type Verdict } from '../reports/findings/examining.ts';
import { SEVERITIES, type Severity } from '../reports/findings/rule.ts';
import { RULES } from '../reports/findings/rules.ts';
import { count, duration } from '../reports/findings/wording.ts';
import { playAll } from '../reports/playing.ts';
import type { ReportInput } from '../reports/report.ts';

interface Options extends WindowOptions, ReportingOptions {
  readonly failOn?: Severity;
  readonly metricsFile?: string;
}

export function addAuditCommand(program: Command, io: Io, end: (code: number) => void): void {
  const command = program
    .command('audit')
    .summary('what looks wrong in a recording, with evidence')
    .description(
      `What looks wrong, worst first, with the evidence and the command that shows it, and what could not be observed.\nRules: ${RULES.map(({ name }) => name).join(', ')}.`,
    )
    .argument('<recording>', 'a recording');
  addReportingOptions(addWindowOptions(command))
    .addOption(failOnOption())
    .option(
      '--metrics-file <file>',
      'write what was found to this file too, for Prometheus: findings by rule and severity, what each rule could see; its name must end in .prom: node_exporter reads no other',
    )
    .addHelpText(
      'after',
      `
Thresholds, with what they are unless --set:
${thresholdLines().join('\n')}

Examples:
  $ conntape audit relay.tape --from -1d
  $ conntape audit relay.tape --set bandwidth-hog.share=0.9 --fail-on warning`,
    )
    .action((path: string, options: Options) =>
      withRecording(path, io, async (recording) => {
        const window = resolveWindow(recording, options, io);
        const input = questionOf(recording, window, options);
        const { metricsFile } = options;
        const metrics =
          metricsFile === undefined
            ? undefined
            : OutputFile.at(metricsFile, [path], io, METRICS_MODE);
        if (metricsFile !== undefined) checkMetricsFile(metricsFile);
        const beganAt = io.monotonic();
        const verdict = examined(input, tapeProgress(input, io).advance);
        if (metrics !== undefined) {
          const tookMs = Math.round(io.monotonic() - beganAt);
          const families = auditFamilies(input, verdict, io.now(), tookMs);
          await metrics.fill((stream) => writeText([prometheusText(families)], stream));
        }
        if (isReached(verdict, options.failOn)) end(EXIT.findings);
        const audit = { path, input, verdict, ...findingLayout(io), now: io.now() };
        await writeText(auditLines(audit), io.stdout);
      }),
    );
}

export function failOnOption(): Option {
  const says = 'end with exit code 3 where a finding is this severe or worse';
  return new Option('--fail-on <severity>', says).choices(SEVERITIES);
}

function thresholdLines(): string[] {
  const all = RULES.flatMap(({ name, thresholds }) =>
    Object.entries(thresholds).map(([key, { value, says }]) => [`${name}.${key}=${value}`, says]),
  );
  const width = Math.max(...all.map(([setting]) => setting!.length));
  return all.map(([setting, says]) => `  ${setting!.padEnd(width)}  ${says}`);
}

function examined(input: ReportInput, onSnapshot: (at: number) => void): Verdict {
  const examining = new Examining(RULES, input);
  playAll([examining], input, onSnapshot);
  return examining.verdict();
}

function isReached({ groups }: Verdict, severity: Severity | undefined): boolean {
  if (severity === undefined) return false;
  const least = SEVERITIES.indexOf(severity);
  return groups.some((group) => SEVERITIES.indexOf(group.severity) >= least);
}

interface Audit extends FindingLayout {
  readonly path: string;
  readonly input: ReportInput;
  readonly verdict: Verdict;
  readonly now: number;
}

function* auditLines(audit: Audit): Generator<string> {
  const { verdict } = audit;
  for (const group of verdict.groups) yield* groupLines(group, audit);
  yield* sightLines(verdict.sights, audit);
  yield* coverageLines(audit);
}

/** Of a group so many are printed; the report of findings has them all. */
const PRINTED = 10;

function* groupLines(group: FindingGroup, audit: Audit): Generator<string> {
  const { path, input } = audit;
  const { rule, severity, count: all } = group;
  yield* ruleLines(rule, severity, all === 1 ? '' : `${all} findings`, audit);
  let printed = 0;
  for (const finding of group.findings()) {
    const command = evidenceCommand(rule, finding, input.recording, shellWord(path));
    yield* findingLines(finding, command, audit);
    yield '\n';
    printed++;
    if (printed === PRINTED) break;
  }
  if (all > PRINTED) {
    yield `  … and ${all - PRINTED} more: conntape report findings ${shellWord(path)}\n\n`;
  }
}

function* coverageLines({ input: { recording, window }, widest, now }: Audit): Generator<string> {
  const { blindMs, gaps, from, to, firstAt, snapshots } = coverageOf(recording, window);
  const all = duration(to - from);
  yield '\n';
  if (blindMs > 0) {
    const blind = `The recorder was blind for ${duration(blindMs)} of ${all}`;
    yield* wrapped(`${blind}, in ${count(gaps, 'gap')}.`, '  ', widest);
  } else if (snapshots === 1) {
    yield* wrapped(`One snapshot was looked at, of ${isoTime(firstAt)}.`, '  ', widest);
  } else {
    yield* wrapped(`The recorder was never blind in these ${all}.`, '  ', widest);
  }
  const ended = endedLongAgo(recording, now);
  const others = [...unrecordedLines(recording, window), ...(ended === undefined ? [] : [ended])];
  for (const line of others) yield* wrapped(`${capitalised(line)}.`, '  ', widest);
}

function capitalised(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}
