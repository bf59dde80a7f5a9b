/** What of a connection into the operator's own network is kept, under the configuration of its time. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../src/listing/listing.ts';
import { Scrubbing } from '../../src/listing/scrubbing.ts';
import type { Header, Session, TapeItem } from '../../src/listing/snapshot.ts';
import { Recording } from '../../src/recording/reader.ts';
import { MomentService } from '../../src/serving/moment.ts';
import {
  HEADER,
  openWriter,
  snapshotOf,
  temporaryFolder,
  transcriptOf,
  WRITER_OPTIONS,
} from '../recording/tapes.ts';
import { RELAY } from './lines.ts';

const INSIDE = '192.168.1.7';

function configured(at: number, setting: string | undefined): Session {
  const config: Header['config'] =
    setting === undefined ? {} : { ExitPolicyRejectPrivate: setting };
  return { kind: 'session', at, header: { ...HEADER, config } };
}

function line(connId: number, flags: string, orId = '0', ip = INSIDE): string {
  return `${connId} 0 ${orId} ${ip} 80 33000 ${flags} 600 400 5`;
}

/** IP, PORT and L_PORT of each line of each snapshot, as they are kept. */
function keptOf(items: readonly TapeItem[]): string[][] {
  const scrubbing = new Scrubbing();
  return items
    .map((item) => scrubbing.item(item))
    .filter((item) => item.kind === 'snapshot')
    .map(({ listing }) => listing.labels.map(({ ip, port, lPort }) => `${ip} ${port} ${lPort}`));
}

const KEPT = `${INSIDE} 80 33000`;
const WITHHELD = '0 0 0';

describe('a connection into the own network', () => {
  it.each([
    ['1', 'ORt', KEPT],
    [undefined, 'ORt', KEPT],
    ['0', 'ORt', WITHHELD],
    ['0', 'oRt', WITHHELD],
    ['0', 'OCt', WITHHELD],
    ['0', 'O', WITHHELD],
    ['0', 'OHt', KEPT],
    ['0', 'OXt', KEPT],
    ['auto', 'ORt', WITHHELD],
  ])('where ExitPolicyRejectPrivate is %s and it is %s keeps %s', (setting, flags, kept) => {
    const items = [configured(0, setting), snapshotOf(1, line(1, flags))];
    expect(keptOf(items)).toEqual([[kept]]);
  });

  it('keeps its address where it is a relay’s, whatever is configured', () => {
    const items = [configured(0, '0'), snapshotOf(1, line(1, 'ORT', RELAY))];
    expect(keptOf(items)).toEqual([[KEPT]]);
  });

  it('is withheld from the moment on in which exit traffic may go there, until it is gone', () => {
    const old = line(1, 'ORt');
    const items = [
      ...[configured(0, '1'), snapshotOf(1, old), configured(2, '0'), snapshotOf(2, old)],
      ...[configured(3, '1'), snapshotOf(3, old), snapshotOf(4, `${old}\n${line(2, 'ORt')}`)],
      ...[snapshotOf(5, line(2, 'ORt')), snapshotOf(6, old)],
    ];
    const kept = [[KEPT], [WITHHELD], [WITHHELD], [WITHHELD, KEPT], [KEPT], [KEPT]];
    expect(keptOf(items)).toEqual(kept);
  });

  it('is withheld where it may have opened between two polls, before exit traffic was kept out', () => {
    const late = line(1, 'ORt');
    const items = [
      ...[configured(0, '0'), snapshotOf(1, ''), configured(2, '1'), configured(3, '1')],
      ...[snapshotOf(4, late), snapshotOf(5, `${late}\n${line(2, 'ORt')}`)],
    ];
    expect(keptOf(items)).toEqual([[], [WITHHELD], [WITHHELD, KEPT]]);
  });

  it('has the same label as long as it is the same', () => {
    const scrubbing = new Scrubbing(configured(0, '0').header);
    const snapshot = snapshotOf(1, line(1, 'ORt'));
    const [first, second] = [1, 2].map((at) => scrubbing.item({ ...snapshot, at }));
    expect(first!.listing.labels[0]).toBe(second!.listing.labels[0]);
    const rejecting = new Scrubbing();
    expect(rejecting.item(snapshot)).toBe(snapshot);
  });

  it('is withheld of what was witnessed, too', () => {
    const row = { or_id: '0', ip: INSIDE, port: 80, l_port: 33_000 };
    const relay = { or_id: RELAY, ip: INSIDE, port: 443, l_port: 33_001, type_flags: 'ORT' };
    const counts = { reported: 0, system: 0 };
    const witness = {
      ...{ tool: 'ss', reported: 2, system: 2, tolerance: 2, inbound: counts, outbound: counts },
      ...{ only_reported: [{ ...row, type_flags: 'ORt' }, relay], only_system: [] },
    };
    const scrubbing = new Scrubbing(configured(0, '0').header);
    const { extra } = scrubbing.item(snapshotOf(1, '', { extra: { witness } }));
    const zeroed = { or_id: '0', ip: '0', port: 0, l_port: 0, type_flags: 'ORt' };
    const scrubbed = { witness: { ...witness, only_reported: [zeroed, relay] } };
    expect(extra).toEqual(scrubbed);
    scrubbing.item(configured(2, '1'));
    const next = [2, 3].map((at) => scrubbing.item(snapshotOf(at, '', { extra: { witness } })));
    expect(next.map((item) => item.extra)).toEqual([scrubbed, { witness }]);
  });
});

/** Two polls while exit traffic may go anywhere, and two after. */
const ITEMS: readonly TapeItem[] = [
  configured(0, '0'),
  snapshotOf(10_000, line(1, 'ORt')),
  snapshotOf(20_000, line(1, 'ORt')),
  configured(30_000, '1'),
  snapshotOf(30_000, line(1, 'ORt')),
  snapshotOf(40_000, `${line(1, 'ORt')}\n${line(2, 'ORt')}`),
];

describe('what is withheld for its time', () => {
  it('is in no recording, its bytes rounded; one that goes on knows the configuration', () => {
    const path = join(temporaryFolder(), 'a.tape');
    const options = { ...WRITER_OPTIONS, round: 1024 };
    const writer = openWriter(path, configured(0, '0').header, options);
    for (const item of ITEMS.slice(1, 2)) writer.append(item);
    writer.close();
    const next = openWriter(path, configured(0, '0').header, options);
    for (const item of ITEMS.slice(2)) next.append(item);
    next.close();
    const recording = Recording.open(path);
    const lines = transcriptOf(recording);
    recording.close();
    const listed = lines.flatMap((text) => /"conn":"([^"]*)"/.exec(text)?.[1] ?? []);
    const withheld = '1 0 0 0 0 0 ORt 1024 0 5';
    expect(listed).toEqual([withheld, withheld, withheld, `${withheld}\\n${line(2, 'ORt')}`]);
  });

  it('is served to nobody', () => {
    const service = new MomentService(configured(0, '0').header, 1);
    for (const item of ITEMS) {
      if (item.kind === 'snapshot') service.show(item, []);
      const text = service.getInfo(['conn/all']).get('conn/all');
      expect(text).not.toContain(INSIDE);
    }
    service.show(snapshotOf(50_000, ''), [configured(50_000, '1')]);
    service.show(snapshotOf(60_000, line(3, 'ORt')), []);
    expect(service.getInfo(['conn/all']).get('conn/all')).toBe(line(3, 'ORt'));
    expect(textOf(snapshotOf(0, line(3, 'ORt')).listing)).toBe(line(3, 'ORt'));
  });
});
