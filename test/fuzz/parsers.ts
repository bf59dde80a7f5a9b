/**
 * The parsers of what comes from outside, as targets: a control port, the tools that read sockets, a
 * MetricsPort, files, and what is typed.
 * Owns their corpus and what each of them promises.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDuration } from '../../src/cli/duration.ts';
import { readHeads } from '../../src/cli/heads.ts';
import { parseSize } from '../../src/cli/size.ts';
import { parseTime } from '../../src/cli/time.ts';
import { parseAddress } from '../../src/control/address.ts';
import { parseProtocolInfo } from '../../src/control/authentication.ts';
import { CommandParser } from '../../src/control/command.ts';
import { parseArguments } from '../../src/control/quoting.ts';
import { RawReplyParser } from '../../src/control/raw.ts';
import { formatReply, keyAndValue, ReplyParser } from '../../src/control/reply.ts';
import { ConntapeError } from '../../src/error.ts';
import { acceptedPorts, decidingRule, parseExitPolicy } from '../../src/listing/exitPolicy.ts';
import { directionOf, usageOf } from '../../src/listing/flags.ts';
import { ipNumber } from '../../src/listing/ip.ts';
import { type Listing, textOf } from '../../src/listing/listing.ts';
import { parseListing } from '../../src/listing/parse.ts';
import { isLocalAddress } from '../../src/listing/privacy.ts';
import { BsdNetstatParser } from '../../src/sockets/bsdNetstat.ts';
import { parseFstatLine } from '../../src/sockets/fstat.ts';
import { LsofParser } from '../../src/sockets/lsof.ts';
import { parseNetstatLine } from '../../src/sockets/netstat.ts';
import { parseProcLine } from '../../src/sockets/proc.ts';
import type { Endpoint } from '../../src/sockets/socket.ts';
import { parseSockstatLine } from '../../src/sockets/sockstat.ts';
import { SsParser } from '../../src/sockets/ss.ts';
import { parseExposition } from '../../src/sources/metrics/exposition.ts';
import { parseMetricsUrl } from '../../src/sources/metrics/place.ts';
import { Consensus } from '../../src/sources/stock/consensus.ts';
import { DumpCollector } from '../../src/sources/stock/dump.ts';
import { parseCellStats, parseOrConn, parseOwnCircuit } from '../../src/sources/stock/events.ts';
import { Heartbeat } from '../../src/sources/stock/heartbeat.ts';
import { LISTENER_KEYS, Listeners } from '../../src/sources/stock/listeners.ts';
import { parseOrConnStatus } from '../../src/sources/stock/orConnStatus.ts';
import { TARGET_OPTIONS, Targets } from '../../src/sources/stock/targets.ts';
import { about, mustHold, type Target } from './target.ts';

const FP = 'CFF7F9C1D0A1B2C3D4E5F60718293A4B5C6D2A43';
const PID = 15843;
const NOW = Date.parse('2026-11-23T03:44:26Z');

function texts(...corpus: readonly string[]): Buffer[] {
  return corpus.map((text) => Buffer.from(text));
}

function fixture(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/sockets/${name}.txt`, import.meta.url));
}

function linesOf(input: Buffer): string[] {
  return input.toString('latin1').split('\n');
}

/** What a socket's end is, whoever printed it. */
function mustBeEndpoint({ ip, port }: Endpoint): void {
  mustHold(Number.isInteger(port) && port >= 0 && port <= 65_535, `a port is ${port}`);
  mustHold(/^(?:\d+(?:\.\d+){3}|[0-9a-f:.]*:[0-9a-f:.]*)$/.test(ip), `an address is ${ip}`);
}

interface Ends {
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

function mustBeSockets(sockets: readonly (Ends | undefined)[]): string {
  const found = sockets.filter((socket) => socket !== undefined);
  for (const { local, remote } of found) {
    mustBeEndpoint(local);
    mustBeEndpoint(remote);
  }
  return about(found.length);
}

/** A tool whose lines each stand for themselves. */
function lineTool(
  name: string,
  fixtures: readonly string[],
  parse: (line: string) => Ends | undefined,
): Target {
  const corpus = fixtures.map(fixture);
  return { name, corpus, run: (input) => mustBeSockets(linesOf(input).map(parse)) };
}

const SOCKETS: readonly Target[] = [
  lineTool('sockets: netstat', ['netstat'], (line) => parseNetstatLine(line, 22526)),
  lineTool('sockets: sockstat', ['sockstat-freebsd', 'sockstat-old'], (line) =>
    parseSockstatLine(line, PID),
  ),
  lineTool('sockets: fstat', ['fstat-openbsd'], (line) => parseFstatLine(line, PID)),
  {
    name: 'sockets: /proc',
    corpus: texts(
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   1: 0100007F:1F90 0C00007F:2329 01 00000000:00000000 00:00000000 00000000     0        0 112552 1 0\n',
      '   0: 0000000000000000FFFF00000200000A:01BB 00000000000000000000000001000000:9C40 06 0:0 0:0 0 0 0 55 1 0\n',
    ),
    run: (input) => mustBeSockets(linesOf(input).map(parseProcLine)),
  },
  {
    name: 'sockets: ss',
    corpus: [fixture('ss')],
    run: (input) => {
      const parser = new SsParser(true);
      // Cut in the midst, as a pipe does.
      const half = input.length >> 1;
      try {
        for (const part of [input.subarray(0, half), input.subarray(half)]) parser.push(part);
        return mustBeSockets(parser.end().sockets);
      } catch (thrown) {
        const isTold = /^(?:none of the \d+ lines|it prints a line without end)/;
        if (thrown instanceof Error && isTold.test(thrown.message)) return 'none';
        throw thrown;
      }
    },
  },
  {
    name: 'sockets: lsof',
    corpus: [fixture('lsof'), fixture('lsof-macos')],
    run: (input) => {
      const parser = new LsofParser();
      for (const line of linesOf(input)) parser.push(line);
      return mustBeSockets(parser.sockets);
    },
  },
  {
    name: 'sockets: netstat of BSD',
    corpus: ['netstat-freebsd', 'netstat-openbsd', 'netstat-macos', 'netstat-macos-old'].map(
      fixture,
    ),
    run: (input) => {
      const parser = new BsdNetstatParser(input.length % 2 === 0);
      try {
        for (const line of linesOf(input)) parser.push(line);
      } catch (thrown) {
        if (thrown instanceof Error && thrown.message.startsWith('it cuts long')) return 'cut';
        throw thrown;
      }
      for (const { pid = 1 } of parser.sockets) mustHold(Number.isSafeInteger(pid), `pid ${pid}`);
      return mustBeSockets(parser.sockets.map(({ socket }) => socket));
    },
  },
];

const REPLIES = texts(
  '250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE,SAFECOOKIE,HASHEDPASSWORD COOKIEFILE="/run/tor/c\\"\\101"\r\n250-VERSION Tor="0.4.9.11"\r\n250 OK\r\n',
  `250+orconn-status=\r\n$${FP}~nick CONNECTED\r\n..dot\r\n.\r\n250 OK\r\n`,
  '250-uptime=159\r\n650 ORCONN 127.0.0.1:5 NEW ID=4\r\n250-version=0.4.9.11\r\n250 OK\r\n',
  '552-Unrecognized key "a"\r\n552 Unrecognized key "b"\r\n',
  '650-CONF_CHANGED\r\n650-ExitRelay=1\r\n650-Nickname\r\n650 OK\r\n514 Authentication required.\r\n',
);

/** Pieces of it, as a socket gives them: where it is cut is a part of the input. */
function* chunksOf(input: Buffer): Generator<Buffer> {
  for (let start = 0, step = 1 + ((input[0] ?? 0) % 97); start < input.length; start += step) {
    yield input.subarray(start, start + step);
  }
}

const LIMITS = { maxLineBytes: 4096, maxReplyBytes: 1 << 15, maxLines: 64 };

const CONTROL: readonly Target[] = [
  {
    name: 'control: replies',
    corpus: REPLIES,
    run: (input) => {
      const parser = new ReplyParser(LIMITS);
      let lines = 0;
      for (const chunk of chunksOf(input)) {
        for (const reply of parser.push(chunk)) {
          lines += reply.lines.length;
          mustHold(reply.lines.length <= LIMITS.maxLines, 'a reply has more lines than it may');
          for (const line of reply.lines) keyAndValue(line);
          const [again] = new ReplyParser(LIMITS).push(formatReply(reply));
          mustHold(
            JSON.stringify(again) === JSON.stringify(reply),
            'a reply that is written again is another',
          );
        }
      }
      return about(lines);
    },
  },
  {
    name: 'control: replies that pass through',
    corpus: REPLIES,
    run: (input) => {
      const parser = new RawReplyParser(LIMITS);
      let replies = 0;
      for (const chunk of chunksOf(input)) for (const _ of parser.push(chunk)) replies++;
      return about(replies);
    },
  },
  {
    name: 'control: PROTOCOLINFO',
    corpus: REPLIES.slice(0, 1),
    run: (input) => {
      const [reply] = new ReplyParser(LIMITS).push(input);
      return reply === undefined ? 'none' : about(parseProtocolInfo(reply).methods.length);
    },
  },
  {
    name: 'control: commands',
    corpus: texts(
      'AUTHENTICATE "pass\\"word"\r\nGETINFO conn/all info/names\r\nSETEVENTS ORCONN\r\nQUIT\r\n',
      '+POSTDESCRIPTOR purpose=general\r\nrouter a\r\n..\r\n.\r\nPROTOCOLINFO 1\r\nAUTHCHALLENGE SAFECOOKIE 00ff\r\n',
    ),
    run: (input) => {
      const parser = new CommandParser(4096);
      let commands = 0;
      for (const chunk of chunksOf(input)) {
        for (const { args } of parser.push(chunk)) {
          parseArguments(args);
          commands++;
        }
      }
      return about(commands);
    },
  },
];

const STOCK: readonly Target[] = [
  {
    name: 'events',
    corpus: texts(
      `$${FP}~nick CONNECTED ID=297`,
      '127.0.0.1:51356 CLOSED REASON=DONE ID=298',
      'InboundQueue=2918353222 InboundConn=24 InboundRemoved=relay:1,created2:1 OutboundQueue=3646141513 OutboundConn=255 OutboundRemoved=create2:1',
      `12 BUILT $${FP}~r0,$${FP}~r3 BUILD_FLAGS=ONEHOP_TUNNEL PURPOSE=GENERAL REND_QUERY=abc TIME_CREATED=2026-11-23T04:57:38.27`,
    ),
    run: (input) => {
      const text = input.toString();
      const orConn = parseOrConn(text);
      if (orConn !== undefined) mustHold(Number.isSafeInteger(orConn.id), 'an ID is no integer');
      const cells = parseCellStats(text);
      const circuit = parseOwnCircuit(text);
      return [orConn, cells, circuit].map((found) => found !== undefined).join();
    },
  },
  {
    name: 'orconn-status',
    corpus: texts(`$${FP}~nick CONNECTED\n192.0.2.7:443 LAUNCHED\n[2001:db8::1]:443 CONNECTED\n`),
    run: (input) => about(parseOrConnStatus(input.toString())?.relays.size ?? 0),
  },
  {
    name: 'consensus',
    corpus: texts(
      'r moria1 lpXfw1/+uGEym58asExGOXAgzjE NrQfbvS5wZIxvpvAMKPkYFlWEoQ 2038-01-01 00:00:00 128.31.0.34 9101 9131\na [2001:db8::1]:9001\ns Authority Fast Running V2Dir Valid\nw Bandwidth=20 Unmeasured=1\np reject 1-65535\nr other lpXfw1/+uGEym58asExGOXAgzjF 2038-01-01 00:00:00 192.0.2.9 9001 0\ns Fast Guard Running\n',
    ),
    run: (input) => {
      const consensus = Consensus.parse(input.toString());
      mustHold(consensus.authorities.length <= input.toString().length, 'authorities grew');
      return about(consensus.size);
    },
  },
  {
    name: 'notices of a dump',
    corpus: texts(
      [
        'Dumping stats:',
        `Conn 6 (socket 15) is a OR connection (open) with 127.0.0.31:9001 ID=x RSA_ID=${FP}, created 645 secs ago`,
        'Conn 10 (socket 27) is a Exit connection (open) to 127.0.0.61:8080, created 5 secs ago',
        'Conn 10 has Exit-ward circuit: circID 0 (other side 2295925927), state 4 (open), born 1795410434:',
        'Channel 14 (at 0x55) with transport TLS channel (connection 37) is in state open (2)',
        ' * Channel 14 was created at 1795409801 (645 seconds ago) and last active at 1795410017 (7 seconds ago)',
        ` * Channel 14 says it is connected to an OR with digest ${FP}`,
        ' * Channel 14 has these marks: bad_for_new_circs !canonical !client local incoming',
        ' * Channel 14 has 0 active circuits out of 1 in total',
        ' * Channel 14 has received 1028 bytes in 2 cells and transmitted 2056 bytes in 4 cells',
        ' * Channel 14 was last used by a client at 1795410017',
      ].join('\n'),
    ),
    run: (input) => {
      const collector = new DumpCollector();
      for (const line of input.toString().split('\n')) collector.line(line, NOW);
      const dump = collector.end();
      return `${about(dump?.connections.length ?? 0)} ${about(dump?.channels.length ?? 0)}`;
    },
  },
  {
    name: 'notices of a heartbeat',
    corpus: texts(
      [
        "Heartbeat: Tor's uptime is 0:02 hours, with 0 circuits open. I've sent 26 kB and received 0 kB. I've received 4 connections on IPv4 and 0 on IPv6. I've made 30 connections with IPv4 and 0 with IPv6.",
        'Heartbeat: DoS mitigation since startup: 0 circuits killed with too many cells, 3 circuits rejected, 2 marked addresses, [DoSStreamCreationEnabled disabled], 0 INTRODUCE2 rejected.',
        'Heartbeat: Since last heartbeat message, I have seen 12 unique clients.',
      ].join('\n'),
    ),
    run: (input) => {
      const heartbeat = new Heartbeat('off');
      for (const line of input.toString().split('\n')) heartbeat.line(line);
      return about([...heartbeat.values].length);
    },
  },
  {
    name: 'listeners and options',
    corpus: texts(
      '"127.0.0.1:9001" "[::]:9001" "unix:/run/tor/s p"\nsocks5 127.0.0.1:9\n80 127.0.0.1:8080\nobfs4 socks5 127.0.0.1:444',
    ),
    run: (input) => {
      const [first = '', ...others] = input.toString().split('\n');
      new Listeners(undefined).look(new Map(LISTENER_KEYS.map((key) => [key, first])));
      const value = others.join('\n');
      const targets = new Targets(new Map(TARGET_OPTIONS.map((option) => [option, value])));
      return String(targets.usageOf({ ip: '127.0.0.1', port: 8080 }));
    },
  },
  {
    name: 'MetricsPort',
    corpus: texts(
      '# HELP tor_relay_connections Connections\n# TYPE tor_relay_connections gauge\ntor_relay_connections{type="OR",direction="received",state="opened",family="ipv4"} 5\ntor_relay_load_oom_bytes_total{subsys="cell"} 0\ntor_relay_flag{type="Fast"} 1e3 1795410017\n',
    ),
    run: (input) => about(parseExposition(input.toString()).values.size),
  },
];

/** The rule of what is never stored, in this file's own words. */
function mustBePrivate({ labels }: Listing): void {
  for (const { orId, ip, port, lPort, flags } of labels) {
    if (orId !== '0' || usageOf(flags) === 'control') continue;
    if (directionOf(flags) === 'outbound' && isLocalAddress(ip)) continue;
    mustHold(ip === '0' && port === 0 && lPort === 0, 'a line of a user has an address');
  }
}

const LISTINGS: Target = {
  name: 'listing',
  corpus: texts(
    `1 0 0 0 0 0 IRt 10 20 5\n2 77 ${FP} 192.0.2.9 9001 40112 ORT 514 1028 645 CIRCS=3 CELLS_READ=194\n3 0 0 10.0.0.7 22 40113 OEt 1 2 3\n4 0 0 203.0.113.77 443 40114 OEt 1 2 3 AGE=unknown\n5 0 0 ::1 9051 50000 IXt 9 9 9`,
    'bad line\n1 0 0 0 0 0 IRt 9007199254740991 0 0\n1 0 0 0 0 0 IRt 1 1 1\n',
  ),
  run: (input) => {
    const text = input.toString();
    const listing = parseListing(text);
    mustBePrivate(listing);
    const written = textOf(listing);
    mustHold(
      textOf(parseListing(written)) === written,
      'a listing that is written again has other lines',
    );
    for (const { line } of listing.quarantined) {
      mustHold(!line.includes('203.0.113.77'), 'a line that is put aside has an address');
    }
    return `${about(listing.labels.length)} ${about(listing.quarantined.length)}`;
  },
};

const CONTEXT = { now: NOW, first: NOW - 3_600_000, last: NOW - 60_000 };

const TYPED: readonly Target[] = [
  {
    name: 'times',
    corpus: texts(
      '2026-11-23T03:44:26.901+02:00',
      '03:44',
      '1795410017.5',
      '10m ago',
      '-1h',
      '+3d2h',
    ),
    run: (input) => {
      const time = parseTime(input.toString(), CONTEXT);
      mustHold(Number.isSafeInteger(time), `a time is ${time}`);
      return 'a time';
    },
  },
  {
    name: 'durations',
    corpus: texts('500ms', '3d2h', '1h30m10s'),
    run: (input) => {
      mustHold(Number.isSafeInteger(parseDuration(input.toString())), 'a duration is no integer');
      return 'a duration';
    },
  },
  {
    name: 'sizes',
    corpus: texts('500MB', '20GiB', '1.5GB'),
    run: (input) => {
      mustHold(Number.isSafeInteger(parseSize(input.toString())), 'a size is no integer');
      return 'a size';
    },
  },
  {
    name: 'exit policies',
    corpus: texts(
      'reject6 *:*\nreject 10.0.0.0/8:*\naccept *:80-81\naccept6 [2001:db8::]/32:443\nreject *:*',
      'reject private:*, accept 192.0.2.0/255.255.255.0:25-80, reject *:*',
    ),
    run: (input) => {
      const policy = parseExitPolicy(input.toString('latin1'));
      if (policy === undefined) return 'none';
      const ip = ipNumber('192.0.2.7')!;
      const ranges = acceptedPorts(policy, ip);
      // Each port is admitted by the ranges just where the rule that decides of it does.
      for (const port of [1, 25, 80, 81, 443, 65_535]) {
        const admits = decidingRule(policy, ip, port)?.accepts ?? true;
        const isIn = ranges.some(([from, to]) => port >= from && port <= to);
        mustHold(admits === isIn, `port ${port} is judged in two ways`);
      }
      return about(ranges.length);
    },
  },
  {
    name: 'addresses',
    corpus: texts(
      '127.0.0.1:9051',
      'unix:/run/tor/control',
      '[::1]:9051',
      'http://127.0.0.1:9035/metrics',
    ),
    run: (input) => {
      const text = input.toString();
      const found = [parseAddress, parseMetricsUrl].map((parse) => {
        try {
          parse(text);
          return true;
        } catch (thrown) {
          if (!(thrown instanceof ConntapeError)) throw thrown;
          return false;
        }
      });
      return found.join();
    },
  },
  headsTarget(),
];

function headsTarget(): Target {
  const path = join(mkdtempSync(join(tmpdir(), 'conntape-fuzz-')), 'heads');
  return {
    name: 'file of heads',
    corpus: texts(`# heads\n2026-11-23T03:44:26.901Z ${'ab'.repeat(32)}\n`),
    run: (input) => {
      writeFileSync(path, input);
      const heads = readHeads(path);
      for (const { at } of heads) mustHold(Number.isSafeInteger(at), `a time is ${at}`);
      return about(heads.length);
    },
  };
}

export const PARSERS: readonly Target[] = [...CONTROL, ...STOCK, LISTINGS, ...SOCKETS, ...TYPED];
