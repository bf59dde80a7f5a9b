/**
 * The curves of how long things live, as the report of lifetimes estimates them.
 * Owns how many of their steps are drawn; the estimate is reports/'s.
 */
import { livesByGroup } from '../../reports/lifetimes.ts';
import { FEWEST_AT_RISK, type Sample, survivalSteps } from '../../reports/survival.ts';
import type { Curve, SurvivalPart } from '../parts.ts';
import type { PartInput } from './input.ts';

export function survivalPart({ recording, window }: PartInput): SurvivalPart {
  const groups: SurvivalPart['groups'][number][] = [];
  for (const { subject, group, count, fromAge, min, max } of livesByGroup({ recording, window })) {
    groups.push({ subject, group, count, fromAge, least: curveOf(min), greatest: curveOf(max) });
  }
  return { groups, exact: true, note: null };
}

/** Falls by less than this nobody sees. */
const LEAST_FALL = 1 / 1000;

/** What people read off a curve is exact. */
const PERCENTILES = [0.9, 0.5, 0.1];

/** The curve is a product of many rounded factors, as in reports/survival.ts. */
const SLACK = 1e-9;

function passesPercentile(before: number, now: number): boolean {
  return PERCENTILES.some((share) => before > share + SLACK && now <= share + SLACK);
}

function curveOf(sample: Sample): Curve {
  const [age, share]: [number[], number[]] = [[], []];
  let fewFrom: number | null = null;
  let last: { readonly age: number; readonly surviving: number } | undefined;
  for (const step of survivalSteps(sample)) {
    if (step.atRisk < FEWEST_AT_RISK) fewFrom ??= step.age;
    const before = share.at(-1) ?? 1;
    if (step.surviving <= before - LEAST_FALL || passesPercentile(before, step.surviving)) {
      age.push(step.age);
      share.push(step.surviving);
    }
    last = step;
  }
  if (last !== undefined && last.age !== age.at(-1)) {
    age.push(last.age);
    share.push(last.surviving);
  }
  return { age, share, fewFrom };
}
