/**
 * Numbers as findings put them.
 * Owns the words; what is said is the rules'.
 */

/** `1 connection`, `20 connections`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** `512 bytes`, `1.5 MiB`. */
export function bytes(number: number): string {
  const unit = [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const;
  const [name, size] = unit.find(([, least]) => number >= least) ?? ['bytes', 1];
  return size === 1 ? count(number, 'byte') : `${(number / size).toFixed(1)} ${name}`;
}

/** `60 s`, `12.5 s`, from milliseconds. */
export function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}

/** `99.4 %`, cut, not rounded: 99.99 % is not all. */
export function percent(share: number): string {
  return `${Math.floor(share * 1000 + 1e-9) / 10} %`;
}

/**
 * `12.5s`, `1m20s`, `9h18m`, `3d2h`, from milliseconds: rounded, the two largest units. For reading;
 * what `--from` takes back is cli/duration.ts's.
 */
export function duration(ms: number): string {
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(1))}s`;
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const;
  let rest = Math.round(ms / 1000);
  const largest = units.findIndex(([, length]) => rest >= length);
  let text = '';
  for (const [unit, length] of units.slice(largest, largest + 2)) {
    const whole = Math.floor(rest / length);
    if (whole > 0) text += `${whole}${unit}`;
    rest -= whole * length;
  }
  return text;
}
