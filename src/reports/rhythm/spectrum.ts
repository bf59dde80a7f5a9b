/**
 * How strongly moments recur at each frequency.
 * Owns Fourier's transform and Rayleigh's sums; which frequencies are of interest is phases.ts's.
 */

/** Real and imaginary parts. */
export interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** e^(−2πi·j/N) for j below N / 2. Thousands of places are looked at, most in one window: kept. */
let turns = turnsOf(0);

function turnsOf(size: number): Complex {
  const angles = Float64Array.from({ length: size / 2 }, (_, j) => (-2 * Math.PI * j) / size);
  return { re: angles.map(Math.cos), im: angles.map(Math.sin) };
}

/** Makes the turns of a size known, which are those of its halves, too. */
function prepareTurns(size: number): void {
  if (2 * turns.re.length < size) turns = turnsOf(size);
}

/**
 * The discrete Fourier transform, Σ x e^(−2πi·jk/N), in place.
 * @param values as many as a power of two.
 */
export function transform({ re, im }: Complex): void {
  const size = re.length;
  prepareTurns(size);
  for (let place = 1, other = 0; place < size; place++) {
    let bit = size >> 1;
    for (; (other & bit) !== 0; bit >>= 1) other ^= bit;
    other ^= bit;
    if (place < other) {
      const [heldRe, heldIm] = [re[place]!, im[place]!];
      re[place] = re[other]!;
      im[place] = im[other]!;
      re[other] = heldRe;
      im[other] = heldIm;
    }
  }
  for (let length = 2; length <= size; length *= 2) butterflies(re, im, length);
}

function butterflies(re: Float64Array, im: Float64Array, length: number): void {
  const { re: cos, im: sin } = turns;
  const half = length / 2;
  const stride = cos.length / half;
  for (let begin = 0; begin < re.length; begin += length) {
    for (let low = begin, turn = 0; low < begin + half; low++, turn += stride) {
      const high = low + half;
      const turnedRe = re[high]! * cos[turn]! - im[high]! * sin[turn]!;
      const turnedIm = re[high]! * sin[turn]! + im[high]! * cos[turn]!;
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

/** What a spectrum is worked out in, used again by the next. */
let room = { re: new Float64Array(0), im: new Float64Array(0), power: new Float64Array(0) };

function roomFor(size: number) {
  if (room.re.length < size) {
    room = {
      re: new Float64Array(size),
      im: new Float64Array(size),
      power: new Float64Array(size),
    };
  }
  return {
    re: room.re.subarray(0, size).fill(0),
    im: room.im.subarray(0, size).fill(0),
    power: room.power.subarray(0, size),
  };
}

/**
 * Rayleigh's Z at the frequencies k · spacing, over-sampled twice: `spacing` is 1 / (2 · length) or
 * less. Moments are rounded to an eighth of the shortest period. Good until the next call.
 * @param moments from 0 to length. @param shortest the shortest period of interest.
 */
export function spectrumOf(moments: readonly number[], length: number, shortest: number) {
  const cell = shortest / 8;
  const size = 2 ** Math.ceil(Math.log2((2 * length) / cell + 2));
  prepareTurns(size);
  const half = size / 2;
  const { re, im, power } = roomFor(half);
  // Of numbers without imaginary parts half as many are transformed: those between as such parts.
  for (const moment of moments) {
    const place = Math.round(moment / cell);
    if (place % 2 === 0) re[place / 2]! += 1;
    else im[(place - 1) / 2]! += 1;
  }
  transform({ re, im });
  const stride = turns.re.length / half;
  for (let k = 0; k < half; k++) {
    const other = (half - k) % half;
    const evenRe = (re[k]! + re[other]!) / 2;
    const evenIm = (im[k]! - im[other]!) / 2;
    const oddRe = (im[k]! + im[other]!) / 2;
    const oddIm = (re[other]! - re[k]!) / 2;
    const [cos, sin] = [turns.re[k * stride]!, turns.im[k * stride]!];
    const sumRe = evenRe + oddRe * cos - oddIm * sin;
    const sumIm = evenIm + oddRe * sin + oddIm * cos;
    power[k] = (sumRe * sumRe + sumIm * sumIm) / moments.length;
  }
  return { spacing: 1 / (size * cell), power };
}
