/**
 * Colours as people see them: with all three kinds of cones and with two, how far apart, how readable.
 * Owns the arithmetic; which colours must differ is the tests'.
 *
 * Who lacks a kind of cones sees as in Machado, Oliveira and Fernandes, *A physiologically-based model
 * for simulation of color vision deficiency* (2009), severity 1: matrices on linear RGB.
 */

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

export type Eyes = 'all cones' | 'protanopia' | 'deuteranopia' | 'tritanopia';

export const EYES: readonly Eyes[] = ['all cones', 'protanopia', 'deuteranopia', 'tritanopia'];

type Matrix = readonly [Rgb, Rgb, Rgb];

const SEEN: Readonly<Record<Eyes, Matrix>> = {
  'all cones': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Of D65, the white of sRGB. */
const WHITE: Rgb = [0.95047, 1, 1.08883];

const TO_XYZ: Matrix = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];

function linear([red, green, blue]: Rgb): Rgb {
  const of = (value: number) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return [of(red), of(green), of(blue)];
}

function times(matrix: Matrix, [x, y, z]: Rgb): Rgb {
  const of = ([a, b, c]: Rgb) => a * x + b * y + c * z;
  return [of(matrix[0]), of(matrix[1]), of(matrix[2])];
}

/** Lightness, green to red, blue to yellow, in CIELAB. */
export function labOf(color: Rgb, eyes: Eyes = 'all cones'): Rgb {
  const seen = times(SEEN[eyes], linear(color)).map((value) => Math.min(1, Math.max(0, value)));
  const xyz = times(TO_XYZ, seen as unknown as Rgb);
  const [x, y, z] = xyz.map((value, index) => {
    const share = value / WHITE[index]!;
    return share > 216 / 24389 ? Math.cbrt(share) : ((24389 / 27) * share + 16) / 116;
  }) as unknown as Rgb;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** How far apart two colours are to these eyes: the distance in CIELAB, in which 2.3 can just be seen. */
export function distance(one: Rgb, other: Rgb, eyes: Eyes): number {
  const [a, b] = [labOf(one, eyes), labOf(other, eyes)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** How well one is read on the other, 1 to 21, as WCAG has it. */
export function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [one, other].map((color) => times(TO_XYZ, linear(color))[1]);
  return (Math.max(a!, b!) + 0.05) / (Math.min(a!, b!) + 0.05);
}

/** `rgb(1, 2, 3)`, `rgba(1, 2, 3, 0.5)` on paper, or `#010203`. */
export function rgbOf(css: string, paper: Rgb = [255, 255, 255]): Rgb {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(css.trim());
  if (hex !== null) return hex.slice(1).map((digits) => Number.parseInt(digits, 16)) as never;
  const [, list] = /^rgba?\(([^)]*)\)$/.exec(css.trim()) ?? [];
  if (list === undefined) throw new Error(`not a colour that is read here: ${css}`);
  const [red, green, blue, alpha = 1] = list.split(/[\s,/]+/).map(Number);
  return [red!, green!, blue!].map(
    (value, index) => value * alpha + paper[index]! * (1 - alpha),
  ) as never;
}
