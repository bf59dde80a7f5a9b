/**
 * The page: finds its data, lays out its views, and draws them whenever something changes.
 * Owns what is drawn when; what a view shows is its own.
 */
import type { PageSpan } from '../parts.ts';
import { followAudit } from './audit.ts';
import { balanceView } from './balance.ts';
import { make } from './elements.ts';
import { EmbeddedSource, unpacked } from './embeddedSource.ts';
import { findingsView } from './findings.ts';
import { helpDialog, listenToKeys } from './keys.ts';
import { lanesView } from './lanes.ts';
import { livesView } from './lives.ts';
import { loadView } from './load.ts';
import { barOf, imprintOf, mastheadOf } from './masthead.ts';
import { momentView } from './moment.ts';
import { overviewView } from './overview.ts';
import { chooseTheme, currentPalette, currentTheme } from './palette.ts';
import { onPrinting } from './printing.ts';
import { rankingsView } from './rankings.ts';
import { showTrouble } from './section.ts';
import { ServedSource, servedHead } from './servedSource.ts';
import { storyDialog } from './story.ts';
import { survivalView } from './survival.ts';
import type { PageSource, Stage, View } from './view.ts';
import { WindowState } from './windowState.ts';

/** So much of its length is shown before and after a finding. */
const MARGIN = 0.5;

async function sourceOfPage(): Promise<PageSource> {
  const held = document.getElementById('data');
  if (held === null) return new ServedSource(await servedHead());
  try {
    return new EmbeddedSource(await unpacked(held.textContent ?? ''));
  } catch {
    throw new Error(
      'The data in this file are damaged: it was cut short or changed on its way. Ask for it again.',
    );
  }
}

function layOut(source: PageSource, page: HTMLElement): void {
  const { head } = source;
  const named = {
    overview: overviewView(),
    circuits: lanesView(),
    balance: balanceView(),
    lives: livesView(),
    survival: survivalView(),
    destinations: rankingsView(),
    load: loadView(),
    moment: momentView(),
    findings: findingsView(),
  };
  const views: readonly View[] = Object.values(named);
  for (const [name, { root }] of Object.entries(named)) root.dataset['view'] = name;

  const state = new WindowState(head.window, () => refresh());
  const story = storyDialog();
  const help = helpDialog();
  const changeTheme = () => {
    chooseTheme(currentTheme() === 'dark' ? 'light' : 'dark');
    refresh();
  };
  const actions = {
    move: (share: number) => state.move(share),
    zoom: (factor: number) => state.zoom(factor),
    showAll: () => state.showAll(),
    play: () => named.moment.play(),
    theme: changeTheme,
    help: () => help.showModal(),
  };
  const bar = barOf(actions);
  page.before(mastheadOf(head), bar.root);
  page.append(
    named.overview.root,
    named.circuits.root,
    make('div', { class: 'pair' }, named.balance.root, named.lives.root),
    make('div', { class: 'pair' }, named.survival.root, named.load.root),
    named.destinations.root,
    named.moment.root,
    named.findings.root,
  );
  page.after(imprintOf(head), story.root, help);

  const stageNow = (): Stage => ({
    ...{ source, palette: currentPalette(), window: state.window, moment: state.moment },
    setWindow: (window) => state.setWindow(window),
    setMoment: (at) => state.setMoment(at),
    showStory: (subject) => story.show(subject, stageNow()),
  });
  const { refresh, drawNow } = drawer(views, stageNow, bar.show);
  source.whenExact(() => refresh());

  const showFinding = ({ from, to }: PageSpan) => {
    const margin = Math.max(6 * head.intervalMs, (to - from) * MARGIN);
    state.show({ from: from - margin, to: to + margin }, from);
  };
  named.overview.onFinding(showFinding);
  named.findings.onFinding((finding) => {
    showFinding(finding);
    named.overview.root.scrollIntoView({ block: 'nearest' });
  });
  document.documentElement.dataset['audit'] = 'working';
  void followAudit(source, head.window, (audit) => {
    const isDone = audit.part?.rules != null || audit.trouble !== null;
    named.overview.auditIs(audit);
    named.findings.auditIs(audit);
    refresh([named.overview, named.findings]);
    if (isDone) document.documentElement.dataset['audit'] = 'done';
  });
  listenToKeys(actions, help);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => refresh());
  onPrinting(drawNow);
  page.addEventListener('dblclick', ({ target }) => {
    if (target instanceof HTMLCanvasElement) state.showAll();
  });
  let width = page.clientWidth;
  new ResizeObserver(() => {
    if (page.clientWidth === width) return;
    width = page.clientWidth;
    refresh();
  }).observe(page);
  refresh();
}

/**
 * Draws before the next frame what it is called for until then; nothing named is all. A drawing of all
 * gives up one that is under way.
 */
function drawer(
  views: readonly View[],
  stageNow: () => Stage,
  showBar: (stage: Stage) => void,
): { refresh(some?: readonly View[]): void; drawNow(): void } {
  let drawing = new AbortController();
  let underWay = 0;
  const due = new Set<View>();
  const state = document.documentElement.dataset;
  const draw = async () => {
    if (due.size === 0) return;
    const wanted = views.filter((view) => due.has(view));
    due.clear();
    if (wanted.length === views.length) {
      drawing.abort();
      drawing = new AbortController();
    }
    const { signal } = drawing;
    const stage = stageNow();
    showBar(stage);
    underWay++;
    await Promise.all(wanted.map((view) => drawView(view, stage, signal)));
    underWay--;
    if (underWay === 0 && due.size === 0) state['ready'] = 'true';
  };
  const refresh = (some = views) => {
    state['ready'] = 'false';
    if (due.size === 0) requestAnimationFrame(draw);
    for (const view of some) due.add(view);
  };
  const drawNow = () => {
    refresh();
    void draw();
  };
  return { refresh, drawNow };
}

async function drawView(view: View, stage: Stage, signal: AbortSignal): Promise<void> {
  try {
    await view.draw(stage, signal);
    if (!signal.aborted) showTrouble(view.root, null);
  } catch (error) {
    if (!signal.aborted) showTrouble(view.root, error as Error);
  }
}

const page = document.getElementById('page')!;
sourceOfPage().then(
  (source) => layOut(source, page),
  (error: Error) => {
    page.append(make('p', { class: 'trouble', role: 'alert' }, error.message));
    document.documentElement.dataset['ready'] = 'true';
  },
);
