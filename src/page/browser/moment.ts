/**
 * A moment: the scrubber that goes through the window, playing it, and the listing then.
 * Owns the controls and the pace of playing; the table is momentTable.ts's.
 */
import type { MomentPart } from '../parts.ts';
import { csvLink } from './csvLink.ts';
import { button, commandLine, make } from './elements.ts';
import { countText, lengthText, localText, timeText } from './format.ts';
import { momentTable } from './momentTable.ts';
import { sectionOf } from './section.ts';
import type { Stage, View } from './view.ts';

/** A window plays in so long. */
const PLAY_MS = 20_000;

/** Between two pictures; who asked for less motion sees fewer. */
const PICTURE_MS = 125;
const CALM_PICTURE_MS = 1000;

export interface MomentView extends View {
  /** Plays the window from the moment on, from its beginning behind its end; or stops. */
  play(): void;
}

export function momentView(): MomentView {
  const section = sectionOf(
    'A moment',
    'The listing then. A click on any plot leads to its time; the space bar plays the window. + opened, ~ moved, − closed since the snapshot before.',
  );
  const link = csvLink(['connections']);
  section.heading.append(link.root);
  const playButton = button('▶ play', 'Play the window (space)', () => play());
  playButton.className = 'play';
  const scrubber = make('input', { type: 'range', 'aria-label': 'The moment', class: 'scrubber' });
  const clock = make('output', { class: 'clock' });
  const says = make('p', { class: 'says' });
  const table = momentTable((subject) => stage?.showStory(subject));
  const command = make('p', { class: 'terminal' });
  const controls = make('div', { class: 'controls' }, playButton, scrubber, clock);
  section.body.append(controls, says, table.root, command);

  let stage: Stage | undefined;
  let drawing: Promise<void> = Promise.resolve();
  let shown: MomentPart | null = null;
  let playing: {
    readonly from: number;
    readonly since: number;
    timer: ReturnType<typeof setTimeout>;
  } | null = null;

  const momentOf = ({ moment, window }: Stage) => moment ?? window.to;
  scrubber.addEventListener('input', () => {
    stop();
    stage?.setMoment(Number(scrubber.value));
  });

  const stop = () => {
    if (playing !== null) clearTimeout(playing.timer);
    playing = null;
    playButton.textContent = '▶ play';
    playButton.setAttribute('aria-pressed', 'false');
  };
  const step = async () => {
    if (playing === null || stage === undefined) return;
    const { window } = stage;
    const played = ((performance.now() - playing.since) / PLAY_MS) * (window.to - window.from);
    const at = playing.from + played;
    stage.setMoment(Math.min(at, window.to));
    if (at >= window.to) return stop();
    // A picture that takes longer than its time is waited for; it begins with the next frame.
    await new Promise(requestAnimationFrame);
    await drawing.catch(() => {});
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (playing !== null) playing.timer = setTimeout(step, isCalm ? CALM_PICTURE_MS : PICTURE_MS);
  };
  const play = () => {
    if (playing !== null || stage === undefined) return stop();
    const at = momentOf(stage);
    const from = at >= stage.window.to ? stage.window.from : at;
    playing = { from, since: performance.now(), timer: setTimeout(step, 0) };
    playButton.textContent = '❚❚ stop';
    playButton.setAttribute('aria-pressed', 'true');
  };

  const draw = async (now: Stage, signal: AbortSignal) => {
    const { window, source } = now;
    const at = momentOf(now);
    scrubber.min = String(window.from);
    scrubber.max = String(window.to);
    scrubber.step = String(
      Math.max(1, Math.min(source.head.intervalMs, (window.to - window.from) / 100)),
    );
    scrubber.value = String(at);
    scrubber.setAttribute('aria-valuetext', `${timeText(at, true)} UTC`);
    clock.textContent = [`${timeText(at, true)} UTC`, localText(at)].filter(Boolean).join(' · ');
    link.update(now);
    if (shown === null || !isOf(shown, at, source.head.form)) {
      shown = await source.moment(at, signal);
      signal.throwIfAborted();
    }
    const part = shown;
    says.textContent = sentence(part, now);
    table.show(part);
    const time = new Date(at).toISOString();
    command.replaceChildren(
      'In a terminal: ',
      commandLine(`conntape replay ${source.head.path} --at ${time}`),
    );
    section.describe(says.textContent);
  };

  return {
    root: section.root,
    play,
    draw(now, signal) {
      stage = now;
      drawing = draw(now, signal);
      return drawing;
    },
  };
}

/** Whether a moment is of the snapshot that is shown, which then need not be asked for. */
function isOf(
  { at: snapshot, behind, gap }: MomentPart,
  at: number,
  form: 'file' | 'view',
): boolean {
  return form === 'view' && gap === null && behind !== null && snapshot <= at && at < behind;
}

function sentence(part: MomentPart, { source: { head } }: Stage): string {
  const opened = part.change.filter((change) => change === 1).length;
  const moved = part.change.filter((change) => change === 2).length;
  const since =
    part.before === null ? '' : ` since the one ${lengthText(part.at - part.before)} before`;
  const isFile = head.form === 'file';
  const words = [
    `The snapshot of ${timeText(part.at)} UTC: ${countText(part.total)} lines`,
    part.before === null
      ? '; there is none before it.'
      : `; ${countText(opened)} opened, ${isFile ? '' : `${countText(moved)} moved, `}${countText(part.closed.length)} closed${since}.`,
  ];
  if (part.gap !== null) {
    words.push(
      ` The moment lies in a gap, from ${timeText(part.gap.from)} to ${timeText(part.gap.to)} UTC: ${part.gap.reason}.`,
    );
  }
  if (isFile) {
    words.push(
      ' From the lives that this file holds: it holds no snapshots, so bytes and what moved are not known here.',
    );
  }
  return words.join('');
}
