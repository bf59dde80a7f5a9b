/** The parts of a workbook as texts, by their paths: read as any program reads an archive, from its end. */
import { inflateRawSync } from 'node:zlib';
import type { Shortened } from '../../../src/output/xlsx/sheet.ts';
import { type Workbook, workbookBytes } from '../../../src/output/xlsx/workbook.ts';

export interface Written {
  readonly bytes: Buffer;
  readonly parts: ReadonlyMap<string, string>;
  readonly shortened: readonly Shortened[];
}

export async function written(workbook: Workbook): Promise<Written> {
  const shortened: Shortened[] = [];
  const chunks: Uint8Array[] = [];
  for await (const chunk of workbookBytes(workbook, (what) => shortened.push(what))) {
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  return { bytes, parts: partsOf(bytes), shortened };
}

/** PKWARE's APPNOTE.TXT, 4.3: the end record, then the central directory's. */
export function partsOf(bytes: Buffer): Map<string, string> {
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  let at = bytes.readUInt32LE(end + 16);
  const parts = new Map<string, string>();
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const [name, extra, comment] = [28, 30, 32].map((place) => bytes.readUInt16LE(at + place));
    const path = bytes.toString('utf8', at + 46, at + 46 + name!);
    const size = bytes.readUInt32LE(at + 20);
    const header = bytes.readUInt32LE(at + 42);
    const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
    parts.set(path, inflateRawSync(bytes.subarray(start, start + size)).toString());
    at += 46 + name! + extra! + comment!;
  }
  return parts;
}
