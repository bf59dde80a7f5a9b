/** Which paths lead to a recording's files, seen from outside. */
import { linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesOf, isDescriptor, placeOf } from '../../src/recording/files.ts';
import { harmedRecording, isFileOf, recordingBeside } from '../../src/recording/harm.ts';
import { stillOpen } from '../oracle/cases.ts';
import { importInto, temporaryFolder } from './tapes.ts';

describe('harmedRecording', () => {
  it('knows one that is read by device and inode, whatever is in it', () => {
    const folder = temporaryFolder();
    const tape = join(folder, 'a.tape');
    writeFileSync(tape, 'what a disk left');
    linkSync(tape, join(folder, 'hard'));
    symlinkSync('a.tape', join(folder, 'soft'));
    symlinkSync('soft', join(folder, 'softer'));
    for (const name of [
      'a.tape',
      'hard',
      'soft',
      'softer',
      './a.tape',
      'a.tape-wal',
      'a.tape-lock',
    ]) {
      expect([name, harmedRecording(join(folder, name), [tape])]).toEqual([name, tape]);
      expect([name, harmedRecording(join(folder, name), [])]).toEqual([name, undefined]);
    }
    expect(harmedRecording(join(folder, 'b.tape'), [tape])).toBeUndefined();
  });

  it('knows the log beside a link’s target, and that beside the link', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'disk'));
    const tape = join(folder, 'disk', 'a.tape');
    await importInto(tape, stillOpen);
    const link = join(folder, 'link.tape');
    symlinkSync(tape, link);
    for (const file of [...filesOf(tape), ...filesOf(link)]) {
      expect([file, harmedRecording(file, [link])]).toEqual([file, link]);
    }
  });

  it('knows any recording by its head', async () => {
    const folder = temporaryFolder();
    const tape = join(folder, 'a.tape');
    await importInto(tape, stillOpen);
    expect(harmedRecording(tape, [])).toBe(tape);
    expect(recordingBeside(`${tape}-wal`)).toBe(tape);
    expect(recordingBeside(tape)).toBeUndefined();
    writeFileSync(join(folder, 'other.db'), readFileSync(tape).fill(0, 68, 72));
    expect(harmedRecording(join(folder, 'other.db'), [])).toBeUndefined();
  });

  it('takes no path for an error', () => {
    const folder = temporaryFolder();
    symlinkSync('self', join(folder, 'self'));
    for (const path of [
      '',
      '/',
      folder,
      join(folder, 'self'),
      join(folder, 'no', 'where'),
      '/dev/null',
    ]) {
      expect(harmedRecording(path, [join(folder, 'a.tape')])).toBeUndefined();
    }
  });
});

describe('placeOf', () => {
  it('follows links, also to what is not there', () => {
    const folder = placeOf(temporaryFolder());
    mkdirSync(join(folder, 'deep'));
    symlinkSync('deep/new', join(folder, 'one'));
    symlinkSync('deep', join(folder, 'way'));
    expect(placeOf(join(folder, 'one'))).toBe(join(folder, 'deep', 'new'));
    expect(placeOf(join(folder, 'way', 'x'))).toBe(join(folder, 'deep', 'x'));
    mkdirSync(join(folder, 'far', 'deeper'), { recursive: true });
    symlinkSync('far/deeper', join(folder, 'short'));
    symlinkSync('short/../x', join(folder, 'back'));
    expect(placeOf(`${folder}/short/../x`)).toBe(join(folder, 'far', 'x'));
    expect(placeOf(join(folder, 'back'))).toBe(join(folder, 'far', 'x'));
    expect(placeOf(join(folder, 'no', 'where'))).toBe(join(folder, 'no', 'where'));
  });

  it('stops at an open file', () => {
    expect(isDescriptor(placeOf('/dev/stdout'))).toBe(true);
    expect(isDescriptor(placeOf('/dev/null'))).toBe(false);
  });
});

it('isFileOf knows an open file of a recording', async () => {
  const folder = temporaryFolder();
  const tape = join(folder, 'a.tape');
  await importInto(tape, stillOpen);
  writeFileSync(join(folder, 'b'), '');
  expect(isFileOf(tape, statSync(tape, { bigint: true }))).toBe(true);
  expect(isFileOf(tape, statSync(join(folder, 'b'), { bigint: true }))).toBe(false);
});
