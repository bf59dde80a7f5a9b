/**
 * How strongly moments recur at each frequency.
 * Owns Fourier's transform and Rayleigh's sums; which frequencies are of interest is phases.ts's.
 */

/** Real and imaginary parts. */
export interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * The discrete Fourier transform, Σ x e^(−2πi·jk/N), in place.
 * @param values as many as a power of two.
 */
export function transform({ re, im }: Complex): void {
  const size = re.length;
  for (let place = 1, other = 0; place < size; place++) {
    let bit = size >> 1;
    for (; (other & bit) !== 0; bit >>= 1) other ^= bit;
    other ^= bit;
    if (place < other) {
      [re[place], re[other]] = [re[other]!, re[place]!];
      [im[place], im[other]] = [im[other]!, im[place]!];
    }
  }
  for (let length = 2; length <= size; length *= 2) butterflies({ re, im }, length);
}

function butterflies({ re, im }: Complex, length: number): void {
  const half = length / 2;
  for (let step = 0; step < half; step++) {
    const angle = (-2 * Math.PI * step) / length;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    for (let low = step; low < re.length; low += length) {
      const high = low + half;
      const turnedRe = re[high]! * cos - im[high]! * sin;
      const turnedIm = re[high]! * sin + im[high]! * cos;
      re[high] = re[low]! - turnedRe;
      im[high] = im[low]! - turnedIm;
      re[low]! += turnedRe;
      im[low]! += turnedIm;
    }
  }
}

/** |Σ w e^(2πift)|² / Σ w², Rayleigh's Z: about 1 where moments are at random. Weights are 1 unless given. */
export function rayleigh(
  moments: readonly number[],
  frequency: number,
  weights?: readonly number[],
): number {
  let [re, im, squares] = [0, 0, 0];
  for (let index = 0; index < moments.length; index++) {
    const weight = weights?.[index] ?? 1;
    const angle = 2 * Math.PI * frequency * moments[index]!;
    re += weight * Math.cos(angle);
    im += weight * Math.sin(angle);
    squares += weight * weight;
  }
  return (re * re + im * im) / squares;
}

/**
 * Rayleigh's Z at the frequencies k · spacing, over-sampled twice: `spacing` is 1 / (2 · length) or
 * less. Moments are rounded to an eighth of the shortest period.
 * @param moments from 0 to length. @param shortest the shortest period of interest.
 */
export function spectrumOf(moments: readonly number[], length: number, shortest: number) {
  const cell = shortest / 8;
  const size = 2 ** Math.ceil(Math.log2((2 * length) / cell + 2));
  const values = { re: new Float64Array(size), im: new Float64Array(size) };
  for (const moment of moments) values.re[Math.round(moment / cell)]! += 1;
  transform(values);
  const { re, im } = values;
  const power = new Float64Array(size / 2);
  for (let k = 0; k < power.length; k++) power[k] = (re[k]! ** 2 + im[k]! ** 2) / moments.length;
  return { spacing: 1 / (size * cell), power };
}
