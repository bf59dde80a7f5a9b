/**
 * A stand-in for a stock Tor with thousands of real connections on loopback, and the other ends of them.
 * Owns the sockets, what moves over them and what a control port says of them; measuring is cost.ts's.
 *
 *     node build/bench/crowd.js tor CONNECTIONS | peers CONNECTIONS
 *
 * Half of the connections go out to relays' ports, each relay at an address of its own; half come in,
 * one in five from a relay. Every 10 s 15 % of them move bytes and 2 % end, and as many open.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { argv, pid } from 'node:process';

/** Where the stand-in takes connections, and where all relays do. */
const OR_PORT = 9443;
const RELAY_PORT = 9001;
const CONTROL_PORT = 9051;
const CONTROL = `127.0.0.1:${CONTROL_PORT}`;

const RELAYS = 8000;
const STEP_MS = 10_000;
const MOVING = 0.15;
const CHURN = 0.02;
const FROM_RELAY = 5;

/** So many connections are opened at once: the listeners' queues are no longer. */
const AT_ONCE = 200;

/** A relay's address: 127.1.0.1 and on. */
function addressOf(relay: number): string {
  return `127.${1 + (relay >> 16)}.${(relay >> 8) & 255}.${1 + (relay & 127)}`;
}

function fingerprintOf(relay: number): string {
  return (0x10000 + relay).toString(16).toUpperCase().padStart(40, 'C');
}

/** The status entries of all relays (dir-spec, section 3.4.1). */
function consensus(): string {
  const entries: string[] = [];
  for (let relay = 0; relay < RELAYS; relay++) {
    const identity = Buffer.from(fingerprintOf(relay), 'hex').toString('base64').replace('=', '');
    entries.push(
      `r relay${relay} ${identity} 2038-01-01 00:00:00 ${addressOf(relay)} ${RELAY_PORT} 0`,
      's Fast Guard Running Stable Valid',
      'w Bandwidth=5000',
    );
  }
  return entries.join('\n');
}

/** Sockets that are opened, move bytes and are replaced. */
class Ends {
  readonly all: Socket[] = [];
  readonly #open: (number: number) => Socket;
  #opened = 0;

  constructor(open: (number: number) => Socket) {
    this.#open = open;
  }

  async open(count: number): Promise<void> {
    for (let left = count; left > 0; left -= AT_ONCE) {
      const sockets = Array.from({ length: Math.min(left, AT_ONCE) }, () =>
        this.#open(this.#opened++),
      );
      await Promise.all(
        sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))),
      );
      this.all.push(...sockets);
    }
  }

  move(): void {
    for (const socket of this.all) {
      if (Math.random() < MOVING)
        socket.write(Buffer.alloc(514 * (1 + Math.floor(Math.random() * 40))));
    }
  }

  /** The oldest end, and as many open. */
  async replace(): Promise<void> {
    const over = this.all.splice(0, Math.round(this.all.length * CHURN));
    for (const socket of over) socket.destroy();
    await this.open(over.length);
  }
}

/** What a TLS handshake moves each way. */
const HANDSHAKE = Buffer.alloc(1200);

/** An end that greets the other, and takes what it is sent. */
function quiet(socket: Socket): Socket {
  socket.write(HANDSHAKE);
  return socket.on('error', () => socket.destroy()).resume();
}

function listen(server: Server, port: number, host: string): Promise<unknown> {
  return new Promise((resolve) => server.listen(port, host, 2048, () => resolve(undefined)));
}

async function keepMoving(ends: Ends): Promise<void> {
  process.send?.('ready');
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    ends.move();
    await ends.replace();
  }
}

/** Relays that take connections, and everyone who connects to the stand-in. */
async function bePeers(count: number): Promise<void> {
  await listen(createServer(quiet), RELAY_PORT, '0.0.0.0');
  const ends = new Ends((number) => {
    const localAddress =
      number % FROM_RELAY === 0
        ? addressOf(number % RELAYS)
        : `127.200.${(number >> 8) & 255}.${1 + (number & 127)}`;
    return quiet(connect({ port: OR_PORT, host: '127.0.0.1', localAddress }));
  });
  process.send?.(CONTROL);
  await new Promise((resolve) => process.once('message', resolve));
  await ends.open(count);
  await keepMoving(ends);
}

async function beTor(count: number): Promise<void> {
  const control = new Control();
  let id = 10;
  const accept = (socket: Socket) => {
    const own = id++;
    quiet(socket).once('close', () => control.emit(`ORCONN ${peer} CLOSED REASON=DONE ID=${own}`));
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    control.emit(`ORCONN ${peer} NEW ID=${own}`);
    const [, high, middle, low] = (socket.remoteAddress ?? '').split('.').map(Number);
    if (high! >= 200) return;
    const relay = ((high! - 1) << 16) | (middle! << 8) | (low! - 1);
    control.emit(`ORCONN $${fingerprintOf(relay)}~relay${relay} CONNECTED ID=${own}`);
  };
  await listen(createServer(accept), OR_PORT, '127.0.0.1');
  await listen(
    createServer((socket) => control.serve(socket.on('error', () => socket.destroy()))),
    CONTROL_PORT,
    '127.0.0.1',
  );
  const ends = new Ends((number) => {
    const relay = (number * 7) % RELAYS;
    const own = id++;
    const target = `$${fingerprintOf(relay)}~relay${relay}`;
    control.emit(`ORCONN ${target} LAUNCHED ID=${own}`);
    const socket = quiet(connect({ port: RELAY_PORT, host: addressOf(relay) }));
    socket.once('connect', () => control.emit(`ORCONN ${target} CONNECTED ID=${own}`));
    socket.once('close', () => control.emit(`ORCONN ${target} CLOSED REASON=DONE ID=${own}`));
    return socket;
  });
  process.send?.(CONTROL);
  await new Promise((resolve) => process.once('message', resolve));
  await ends.open(count);
  await keepMoving(ends);
}

/** What the stand-in answers; all that is not here it does not know. */
const INFO: Readonly<Record<string, () => string>> = {
  'process/pid': () => `${pid}`,
  uptime: () => `${Math.floor(process.uptime())}`,
  'traffic/read': () => '5000',
  'traffic/written': () => '6000',
  'process/descriptor-limit': () => '60000',
  fingerprint: () => 'A214370B39FB71D44C4F79DE014857450C9EF8DC',
  'net/listeners/or': () => `"127.0.0.1:${OR_PORT}"`,
  'net/listeners/control': () => `"127.0.0.1:${CONTROL_PORT}"`,
  'circuit-status': () => '',
  'orconn-status': () => '',
  'exit-policy/full': () => 'reject *:*',
  'ns/all': consensus,
};

const CONF: Readonly<Record<string, string>> = {
  Nickname: 'crowd',
  ExitRelay: '0',
  ExitPolicyRejectPrivate: '1',
  ORPort: `${OR_PORT}`,
};

/** A control port that lets everybody in. */
class Control {
  readonly #controllers = new Set<Socket>();

  serve(socket: Socket): void {
    let rest = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      const lines = (rest + chunk).split('\r\n');
      rest = lines.pop()!;
      for (const line of lines) socket.write(this.#answer(line, socket));
    });
    socket.once('close', () => this.#controllers.delete(socket));
  }

  emit(text: string): void {
    for (const controller of this.#controllers) controller.write(`650 ${text}\r\n`);
  }

  #answer(line: string, socket: Socket): string {
    const [keyword = '', ...words] = line.split(' ');
    switch (keyword.toUpperCase()) {
      case 'PROTOCOLINFO':
        return '250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250-VERSION Tor="0.4.9.11"\r\n250 OK\r\n';
      case 'GETINFO': {
        const unknown = words.find((key) => INFO[key] === undefined);
        if (unknown !== undefined) return `552 Unrecognized key "${unknown}"\r\n`;
        return `${words.map((key) => valueLines(key, INFO[key]!())).join('')}250 OK\r\n`;
      }
      case 'GETCONF': {
        const lines = words.map((key) => (CONF[key] === undefined ? key : `${key}=${CONF[key]}`));
        return lines
          .map((text, index) => `250${index === lines.length - 1 ? ' ' : '-'}${text}\r\n`)
          .join('');
      }
      case 'SETEVENTS':
        this.#controllers.add(socket);
        return '250 OK\r\n';
      default:
        return '250 OK\r\n';
    }
  }
}

function valueLines(key: string, value: string): string {
  if (!value.includes('\n')) return `250-${key}=${value}\r\n`;
  return `250+${key}=\r\n${value.replaceAll('\n', '\r\n')}\r\n.\r\n`;
}

const [, , role, connections = '0'] = argv;
if (role === 'tor') await beTor(Number(connections) / 2);
if (role === 'peers') await bePeers(Number(connections) / 2);
