/**
 * The other side of a conversation, written by hand on real sockets.
 * Owns peers that misbehave in ways that neither the client nor the server of src/control would.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Address, formatAddress } from '../../src/control/address.ts';
import type { ControlService } from '../../src/control/service.ts';

/** A folder of the test's own, removed at its end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'conntape-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const FREE_PORT: Address = { kind: 'tcp', host: '127.0.0.1', port: 0 };

/** What a hand-written control port does with each line it gets; lines have no line end. */
export type Script = (line: string, socket: Socket) => void;

/** Listens on loopback until the test ends, and calls the script with each line that arrives. */
export async function controlPort(script: Script): Promise<Address> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const lines = (text + chunk.toString()).split('\r\n');
      text = lines.pop()!;
      for (const line of lines) script(line, socket);
    });
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

/** A control port that admits everyone, and leaves all else to the script. */
export function openControlPort(script: Script): Promise<Address> {
  return controlPort((line, socket) => {
    if (line.startsWith('PROTOCOLINFO')) {
      socket.write(
        '250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250-VERSION Tor="0.4.9.11"\r\n250 OK\r\n',
      );
    } else if (line === 'AUTHENTICATE') socket.write('250 OK\r\n');
    else script(line, socket);
  });
}

export function connectTo(address: Address): Socket {
  const socket =
    address.kind === 'unix'
      ? connect({ path: address.path, allowHalfOpen: true })
      : connect({ host: address.host, port: address.port, allowHalfOpen: true });
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
}

/** Sends all lines at once, closes our side, and gives everything that is answered, line by line. */
export async function converse(address: Address, lines: readonly string[]): Promise<string[]> {
  const socket = connectTo(address);
  socket.end(lines.map((line) => `${line}\r\n`).join(''));
  return await answers(socket);
}

/** All lines that arrive until the other side closes. */
export async function answers(socket: Socket): Promise<string[]> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('end', resolve);
    socket.once('error', (error) =>
      reject(new Error(`${formatAddress(addressOf(socket))}: ${error}`)),
    );
  });
  return text.split('\r\n').slice(0, -1);
}

function addressOf(socket: Socket): Address {
  return { kind: 'tcp', host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
}

/** A service with a few keys of every shape. */
export function exampleService(more: Partial<ControlService> = {}): ControlService {
  const info = new Map([
    ['version', '0.4.9.11'],
    ['stream-status', ''],
    ['conn/all', '1 0 0 0 0 0 IRt 10 20 5\n2 7 0 0 0 0 ORt 1 2 3'],
    ['address-mappings/control', '.example.com web.test NEVER\nplain.example web3.test NEVER'],
  ]);
  return {
    torVersion: '0.4.9.11',
    eventNames: ['BW', 'ORCONN', 'NS'],
    getInfo: (keys) => new Map(keys.map((key) => [key, info.get(key)])),
    ...more,
  };
}
