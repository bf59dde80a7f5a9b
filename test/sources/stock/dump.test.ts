import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Dump, DumpCollector } from '../../../src/sources/stock/dump.ts';
import { R2 } from './world.ts';

const AT = Date.UTC(2026, 10, 23, 5, 0, 24, 768);

/** From a real exit's log; the exit's place, 15, is not its id. */
const DUMP = `Dumping stats:
Conn 0 (socket 7) is a Control listener connection (ready) on 127.0.0.31:9051, created 225 secs ago
Conn 2 (socket 17) is a OR connection (open) with 192.0.2.23:9001 ID=gEiFfrOJxO+/uRwik5WNFEya3mAuKQHBbz+wGm1zHCc RSA_ID=${R2}, created 210 secs ago
Conn 2: 0 bytes waiting on inbuf (len 0, last read 3 secs ago)
Conn 3 (socket 15) is a OR connection (open) with [scrubbed], created 246 secs ago
Conn 4 (socket 12) is a OR connection (connect()ing) with 192.0.2.24:9001, created 1 secs ago
Conn 14 (socket 24) is a Control connection (open (protocol v1)) from 127.0.0.1:60358, created 131 secs ago
Conn 15 (socket 27) is a Exit connection (open) to [scrubbed], created 21 secs ago
Conn 15: 0 bytes waiting on inbuf (len 0, last read 21 secs ago)
Conn 15 has Exit-ward circuit: circID 0 (other side 3431575548), state 4 (open), born 1795409963:
Dumping statistics about 2 channels:
2 are active, and 0 are done and waiting for cleanup
Channel 7 (at 0x5575d00df2a0) with transport TLS channel (connection 31) is in state open (2)
 * Channel 7 was created at 1795409814 (210 seconds ago) and last active at 1795410021 (3 seconds ago)
 * Channel 7 says it is connected to an OR with digest ${R2}
 * Channel 7 says its remote address is 192.0.2.23, and gives a canonical description of "192.0.2.23:9001 ID=gEi RSA_ID=${R2}" and an actual description of "192.0.2.23:9001 ID=gEi RSA_ID=${R2}"
 * Channel 7 has these marks: !bad_for_new_circs canonical !client local outgoing
 * Channel 7 has 0 active circuits out of 10 in total
 * Channel 7 was last used by a client at 1795410018 (6 seconds ago)
 * Channel 7 last received a cell at 1795410021 (3 seconds ago)
 * Channel 7 has received 99716 bytes in 194 cells and transmitted 24672 bytes in 48 cells
Channel 6 (at 0x564f8cfe7970) with transport TLS channel (connection 17) is in state open (2)
 * Channel 6 was created at 1795409778 (246 seconds ago) and last active at 1795410021 (3 seconds ago)
 * Channel 6 does not know the digest of the OR it is connected to
 * Channel 6 says its remote address is [scrubbed], and gives a canonical description of "[scrubbed]" and an actual description of "[scrubbed]"
 * Channel 6 has these marks: !bad_for_new_circs !canonical client local incoming
 * Channel 6 has 1 active circuits out of 3 in total
 * Channel 6 was never used by a client
Done spamming about channels now
Channel listener 1 (at 0x5575d00b7070) with transport TLS channel (listening) is in state listening (1)
 * Channel listener 1 was created at 1795409801 (223 seconds ago) and last active at 1795409825 (199 seconds ago)
Average bandwidth: 60174701/225 = 267443 bytes/sec reading`;

function collect(text: string): Dump | undefined {
  const collector = new DumpCollector();
  for (const line of text.split('\n')) collector.line(line, AT);
  return collector.end();
}

describe('a dump', () => {
  const dump = collect(DUMP)!;

  it('tells of connections by their descriptors', () => {
    expect(dump.connections.map(({ fd, kind, isOpen }) => [fd, kind, isOpen])).toEqual([
      [7, 'Control listener', false],
      [17, 'OR', true],
      [15, 'OR', true],
      [12, 'OR', false],
      [24, 'Control', false],
      [27, 'Exit', true],
    ]);
    expect(dump.connections[1]).toMatchObject({
      createdAt: AT - 210_000,
      fingerprint: R2,
      endpoint: { ip: '192.0.2.23', port: 9001 },
    });
    expect(dump.connections[2]).toMatchObject({ fingerprint: undefined, endpoint: undefined });
  });

  it('tells the circuit of an exit connection', () => {
    expect(dump.connections[5]?.exitCircuit).toBe(3431575548);
  });

  it('tells of channels, and of which connection each is', () => {
    expect(dump.channels).toEqual([
      {
        channel: 7,
        connectionId: 31,
        createdAt: AT - 210_000,
        fingerprint: R2,
        endpoint: { ip: '192.0.2.23', port: 9001 },
        incoming: false,
        circuits: 10,
        cellsRead: 194,
        cellsWritten: 48,
        clientUsed: '1795410018',
      },
      {
        channel: 6,
        connectionId: 17,
        createdAt: AT - 246_000,
        fingerprint: undefined,
        endpoint: undefined,
        incoming: true,
        circuits: 3,
        cellsRead: undefined,
        cellsWritten: undefined,
        clientUsed: 'never',
      },
    ]);
  });

  it('is nothing where its beginning was not heard', () => {
    expect(collect(DUMP.split('\n').slice(1).join('\n'))).toBeUndefined();
  });

  it('begins anew with the next one', () => {
    const again = collect(`${DUMP}\nDumping stats:`)!;
    expect(again.connections).toEqual([]);
    expect(again.channels).toEqual([]);
  });

  it('takes any text', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (lines) => {
        collect(['Dumping stats:', ...lines].join('\n'));
      }),
    );
  });
});
