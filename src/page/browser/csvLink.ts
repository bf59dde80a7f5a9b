/**
 * Links that save the rows of a view as CSV.
 * Owns the links; which rows there are is the source's.
 */
import { make } from './elements.ts';
import type { SavedCsv, Stage } from './view.ts';

export interface CsvLink {
  readonly root: HTMLElement;
  /** From now on the links are of this stage's window. */
  update(stage: Stage): void;
}

/** @param labels what each report is called, where there are several; otherwise their names. */
export function csvLink(reports: readonly string[], labels: readonly string[] = reports): CsvLink {
  const links = reports.map((report, index) =>
    oneLink(report, reports.length === 1 ? 'CSV' : `CSV: ${labels[index] ?? report}`),
  );
  const root = make('span', { class: 'csv' }, ...links.map(({ link }) => link));
  return {
    root,
    update(stage) {
      for (const { update } of links) update(stage);
    },
  };
}

function oneLink(report: string, text: string) {
  const link = make('a', { href: '#', 'data-report': report }, text);
  let stage: Stage | undefined;
  let saved: SavedCsv | null = null;
  const update = (now: Stage) => {
    if (stage !== undefined && isSame(stage, now)) return;
    stage = now;
    saved = null;
    if (link.href.startsWith('blob:')) URL.revokeObjectURL(link.href);
    link.href = '#';
    now.source.csv(report, now.window).then(
      (answer) => {
        if (stage !== now) return;
        saved = answer;
        link.title = answer.says;
        link.setAttribute('aria-label', `${text}, ${report}: ${answer.says}`);
        link.removeAttribute('aria-disabled');
      },
      (error: Error) => {
        if (stage !== now) return;
        link.title = error.message;
        link.setAttribute('aria-disabled', 'true');
      },
    );
  };
  // What it leads to is made when it is wanted: in a file that is a copy of the rows.
  const prepare = () => {
    if (saved === null) return;
    link.href = saved.url;
    link.download = saved.name;
  };
  for (const name of ['pointerenter', 'focus'] as const) link.addEventListener(name, prepare);
  link.addEventListener('click', (event) => {
    if (saved === null) event.preventDefault();
    else prepare();
  });
  return { link, update };
}

/** Whether both have the same rows. */
function isSame(a: Stage, b: Stage): boolean {
  return a.source === b.source && a.window.from === b.window.from && a.window.to === b.window.to;
}
