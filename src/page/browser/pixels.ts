/**
 * Pictures made pixel by pixel: colours as numbers, and how they come onto a plot.
 * Owns these; which pixel has which colour is the views'.
 */
import type { Plot } from './canvas.ts';
import type { Rgb } from './laneRaster.ts';

const known = new Map<string, Rgb>();

/** Any colour of CSS in red, green and blue. */
export function rgbOf(color: string): Rgb {
  const before = known.get(color);
  if (before !== undefined) return before;
  const context = canvasOf(1, 1).getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  const rgb: Rgb = [red!, green!, blue!];
  known.set(color, rgb);
  return rgb;
}

/** Between two colours: all of the first at 0. */
export function mixedColor(one: Rgb, other: Rgb, share: number): Rgb {
  const [red, green, blue] = one.map((part, at) => part + share * (other[at]! - part));
  return [red!, green!, blue!];
}

/** Colours from none of it (transparent) over `least` to all of it: [0] to [255]. */
export function shadesOf(rgb: Rgb, least: number): Uint32Array {
  const bytes = new Uint8ClampedArray(4 * 256);
  for (let shade = 1; shade < 256; shade++) {
    bytes.set([...rgb, 255 * (least + ((1 - least) * shade) / 255)], 4 * shade);
  }
  return new Uint32Array(bytes.buffer);
}

/** How many stretches of time are asked for, for a plot in a host: one a pixel, within reason. */
export function binsAcross(host: HTMLElement): number {
  return Math.min(1000, Math.max(100, host.clientWidth));
}

/** A picture of rows of pixels. Throws `RangeError` where there are none. */
export function pictureOf(
  pixels: Uint32Array<ArrayBuffer>,
  columns: number,
  rows: number,
): HTMLCanvasElement {
  const canvas = canvasOf(columns, rows);
  const bytes = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  canvas.getContext('2d')!.putImageData(new ImageData(bytes, columns, rows), 0, 0);
  return canvas;
}

/** Puts a picture over all of a plot's width, from its top on; pixels stay sharp. */
export function drawPicture(plot: Plot, picture: HTMLCanvasElement, height: number): void {
  const { context, left, right, top } = plot;
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, left, top, right - left, height);
}

/** How many pixels of the screen a plot's data are wide, and high. */
export function pixelsAcross({ left, right, top, bottom, scale }: Plot): [number, number] {
  return [
    Math.max(1, Math.round((right - left) * scale)),
    Math.max(1, Math.round((bottom - top) * scale)),
  ];
}

function canvasOf(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas;
}
