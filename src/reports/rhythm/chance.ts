/**
 * How probable it is that chance alone brings so many.
 * Owns the two laws that rules measure against; what they count is theirs. Tails are summed from
 * their greatest term on, of which the rest is a fraction: exact to about 12 digits.
 */

/** A sum of falling terms is over where one adds nothing. */
const NEGLIGIBLE = 1e-17;

/** ln Γ(x), for x ≥ 1: Stirling's series behind a shift to where it is exact. */
export function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  for (; at < 15; at++) shift += Math.log(at);
  const inverse = 1 / at;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)));
  return (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series - shift;
}

/** P(X ≥ least) of a Poisson law. @param mean above 0. @param least an integer. */
export function poissonTail(least: number, mean: number): number {
  if (least <= 0) return 1;
  if (least <= mean) return 1 - poissonHead(least - 1, mean);
  let term = Math.exp(least * Math.log(mean) - mean - logGamma(least + 1));
  let sum = 0;
  for (let count = least; term > sum * NEGLIGIBLE; ) {
    sum += term;
    count++;
    term *= mean / count;
  }
  return Math.min(1, sum);
}

/** P(X ≤ most), where most is at or below the mean. */
function poissonHead(most: number, mean: number): number {
  let term = Math.exp(most * Math.log(mean) - mean - logGamma(most + 1));
  let sum = 0;
  for (let count = most; count >= 0 && term > sum * NEGLIGIBLE; count--) {
    sum += term;
    term *= count / mean;
  }
  return sum;
}

/** P(X ≥ least) of `trials` trials that each succeed by a share between 0 and 1. */
export function binomialTail(least: number, trials: number, share: number): number {
  if (least <= 0) return 1;
  if (least > trials) return 0;
  // Where most is expected to be above, what is missing is summed.
  if (least <= trials * share) return 1 - binomialTail(trials - least + 1, trials, 1 - share);
  const odds = share / (1 - share);
  let term = Math.exp(
    logGamma(trials + 1) -
      logGamma(least + 1) -
      logGamma(trials - least + 1) +
      least * Math.log(share) +
      (trials - least) * Math.log1p(-share),
  );
  let sum = 0;
  for (let count = least; count <= trials && term > sum * NEGLIGIBLE; count++) {
    sum += term;
    term *= ((trials - count) / (count + 1)) * odds;
  }
  return Math.min(1, sum);
}
