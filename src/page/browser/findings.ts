/**
 * What the audit found, rule by rule, and of each rule that found nothing what could be seen.
 * Owns the list; a click on a finding is answered by who lays out the page.
 */
import type { Head, PageFinding, PageRule, PageSpan } from '../parts.ts';
import type { Audit } from './audit.ts';
import { csvLink } from './csvLink.ts';
import { button, cellButton, commandLine, make } from './elements.ts';
import { countText, lengthText } from './format.ts';
import { windowText } from './savedName.ts';
import { sectionOf } from './section.ts';
import {
  foundBy,
  notFoundText,
  rulesInOrder,
  SEVERITY_SIGNS,
  signOf,
  WORST_FIRST,
  worstOf,
} from './severity.ts';
import type { Stage, Subject, View } from './view.ts';

/** So many findings of a rule are shown: the elements of more would slow the page. */
const MAX_SHOWN = 200;

export interface FindingsView extends View {
  auditIs(audit: Audit): void;
  /** Sets the window and the moment about a finding. */
  onFinding(show: (finding: PageSpan) => void): void;
}

export function findingsView(): FindingsView {
  const section = sectionOf(
    'Findings',
    'By rule, the worst first. A finding leads to its time; each names what harmless thing looks the same.',
  );
  const link = csvLink(['findings']);
  section.heading.append(link.root);
  const onlyWindow = make('input', { type: 'checkbox', id: 'only-window', checked: true });
  const choice = make(
    'label',
    { class: 'choice', for: 'only-window' },
    onlyWindow,
    ' only what shares time with the window',
  );
  const list = make('div', { class: 'rules' });
  section.body.append(choice, list);
  let audit: Audit = { part: null, trouble: null };
  let drawn: { audit: Audit; window: PageSpan | null } | undefined;
  let showFinding: (finding: PageSpan) => void = () => {};
  let lastStage: Stage | undefined;

  const fill = (stage: Stage) => {
    const window = onlyWindow.checked ? stage.window : null;
    if (drawn?.audit === audit && isSame(drawn.window, window)) return;
    drawn = { audit, window };
    const isOpen = openRules(list);
    list.replaceChildren(
      ...contents(audit, stage, window, isOpen, (finding) => showFinding(finding)),
    );
    section.describe(summary(audit));
  };
  onlyWindow.addEventListener('change', () => {
    if (lastStage !== undefined) fill(lastStage);
  });

  return {
    root: section.root,
    auditIs(known) {
      audit = known;
    },
    onFinding(show) {
      showFinding = show;
    },
    async draw(stage) {
      lastStage = stage;
      link.update(stage);
      fill(stage);
    },
  };
}

function isSame(a: PageSpan | null, b: PageSpan | null): boolean {
  return a?.from === b?.from && a?.to === b?.to;
}

/** Which rules somebody opened or closed: they stay so. */
function openRules(list: HTMLElement): ReadonlyMap<string, boolean> {
  const rules = [...list.querySelectorAll<HTMLDetailsElement>('details[data-rule]')];
  return new Map(rules.map((rule) => [rule.dataset['rule']!, rule.open]));
}

function contents(
  { part, trouble }: Audit,
  stage: Stage,
  window: PageSpan | null,
  isOpen: ReadonlyMap<string, boolean>,
  show: (finding: PageSpan) => void,
): HTMLElement[] {
  if (trouble !== null) return [make('p', { class: 'trouble', role: 'alert' }, trouble.message)];
  if (part === null || part.rules === null) {
    const share = part?.progress ?? 0;
    const bar = make('progress', { max: '1', value: String(share), 'aria-label': 'The audit' });
    return [make('p', {}, `The audit is at work: ${Math.floor(share * 100)} % `, bar)];
  }
  return rulesInOrder(part.rules).map((rule) => {
    const findings = part.findings.filter((one) => one.rule === rule.name);
    const details = ruleElement(rule, findings, stage, window, show);
    details.open = isOpen.get(rule.name) ?? rule.verdict === 'found';
    return details;
  });
}

function ruleElement(
  rule: PageRule,
  listed: readonly PageFinding[],
  stage: Stage,
  window: PageSpan | null,
  show: (finding: PageSpan) => void,
): HTMLDetailsElement {
  const seen =
    window === null
      ? listed
      : listed.filter(({ from, to }) => from <= window.to && to >= window.from);
  const state = rule.verdict.replaceAll(' ', '-');
  const details = make('details', { 'data-rule': rule.name, 'data-verdict': state });
  details.append(
    make(
      'summary',
      {},
      make('span', { class: `sign ${worstOf(rule) ?? ''}`, 'aria-hidden': 'true' }, signOf(rule)),
      make('strong', {}, rule.name),
      make('span', { class: 'verdict' }, verdictText(rule, seen.length, listed.length, window)),
    ),
    make('p', {}, rule.explanation),
  );
  if (rule.harmless !== '')
    details.append(make('p', { class: 'harmless' }, `Harmless if: ${rule.harmless}`));
  if (rule.unseen.length > 0) {
    details.append(make('p', { class: 'unseen' }, `Could not be seen: ${rule.unseen.join('; ')}.`));
  }
  const shown = seen.slice(0, MAX_SHOWN);
  if (shown.length > 0) {
    details.append(
      make('ul', { class: 'found' }, ...shown.map((one) => findingElement(one, stage, show))),
    );
  }
  const more = window === null ? foundBy(rule) - shown.length : seen.length - shown.length;
  const isCut = listed.length < foundBy(rule);
  if (more > 0 || (isCut && rule.verdict === 'found')) {
    details.append(moreElement(Math.max(more, 0), isCut, stage.source.head));
  }
  return details;
}

function verdictText(
  rule: PageRule,
  seen: number,
  listed: number,
  window: PageSpan | null,
): string {
  if (rule.verdict !== 'found') return notFoundText(rule);
  const counts = WORST_FIRST.filter((severity) => rule.counts[severity] > 0)
    .map((severity) => `${countText(rule.counts[severity])} ${severity}`)
    .join(', ');
  const here = window !== null && seen < listed ? `; ${countText(seen)} of them in the window` : '';
  return counts + here;
}

function findingElement(
  finding: PageFinding,
  stage: Stage,
  show: (finding: PageSpan) => void,
): HTMLElement {
  const { severity, subject, from, to, explanation, snapshots } = finding;
  const go = button('', `Look at ${subject}, ${severity}, ${windowText(finding)}`, () =>
    show(finding),
  );
  go.className = 'go';
  go.append(
    make('span', { class: `sign ${severity}`, 'aria-hidden': 'true' }, SEVERITY_SIGNS[severity]),
    make('span', { class: 'severity' }, severity),
    make('strong', {}, subject),
    make('span', {}, windowText(finding)),
    make('span', { class: 'length' }, to > from ? lengthText(to - from) : ''),
  );
  const about = subjectOf(finding);
  const story =
    about === null
      ? null
      : cellButton('its story', `What ${subject} did`, () => stage.showStory(about));
  return make(
    'li',
    {},
    make('div', { class: 'line' }, go, story),
    make('p', {}, explanation),
    make('div', { class: 'evidence' }, `snapshots ${snapshots} `, commandLine(finding.command)),
  );
}

function subjectOf({ connId, circId }: PageFinding): Subject | null {
  if (circId !== null && circId !== 0) return { kind: 'circuit', id: circId };
  return connId === null ? null : { kind: 'connection', id: connId };
}

function moreElement(more: number, isCut: boolean, { path, window, form }: Head): HTMLElement {
  const times = `--from ${new Date(window.from).toISOString()} --to ${new Date(window.to).toISOString()}`;
  const command = `conntape report findings ${path}${form === 'file' ? ` ${times}` : ''}`;
  const text = more > 0 ? `and ${countText(more)} more` : 'Not all of them are held here';
  return make(
    'p',
    { class: 'more' },
    `${text}${isCut && more > 0 ? ', not all held here' : ''}. All: `,
    commandLine(command),
  );
}

function summary({ part }: Audit): string {
  if (part?.rules == null) return 'The audit is at work.';
  return rulesInOrder(part.rules)
    .map(
      (rule) =>
        `${rule.name}: ${rule.verdict}${rule.verdict === 'found' ? ` ${foundBy(rule)}` : ''}.`,
    )
    .join(' ');
}
