/**
 * `conntape record --check`: what could be observed, line by line.
 * Owns how it is printed; what is looked at is sources/check's.
 */
import { visible } from '../listing/visible.ts';
import { writeText } from '../output/write.ts';
import type { Check, CheckOptions } from '../sources/check/answer.ts';
import { checkTor } from '../sources/check/check.ts';
import { type Io, tell } from './io.ts';
import { lineWidth, wrapped } from './wrapped.ts';

/** Prints it, a line each and under it what is missing. Gives whether anything could be recorded. */
export async function checkRelay(options: CheckOptions, io: Io): Promise<boolean> {
  const { checks, source } = await checkTor(options);
  const width = Math.max(...checks.map(({ what }) => what.length));
  const widest = lineWidth(io.stdout);
  await writeText(
    checks.flatMap((check) => linesOf(check, width, widest)),
    io.stdout,
  );
  if (source === undefined) {
    tell(io, 'nothing can be recorded so');
    return false;
  }
  tell(io, `this Tor can be recorded, as a ${source} source`);
  return true;
}

const ANSWER_WIDTH = 'partly'.length;

function linesOf({ what, answer, says, steps }: Check, width: number, widest: number): string[] {
  const head = `${answer.padEnd(ANSWER_WIDTH)}  ${what.padEnd(width)}  `;
  const indent = ' '.repeat(head.length);
  return [
    ...wrapped(head + visible(says), indent, widest),
    ...steps.flatMap((step) => [...wrapped(`${indent}→ ${step}`, `${indent}  `, widest)]),
  ];
}
