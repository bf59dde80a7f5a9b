/**
 * Traffic for a private network: a server of bytes, and a client that asks for them through Tor.
 * Owns both ends of a stream; the Tors between them are network.ts's.
 */
import { once } from 'node:events';
import { type AddressInfo, isIPv4, type Server, type Socket } from 'node:net';

export interface Target {
  /** An IPv4 address, or a name that the other end of a SOCKS port resolves. */
  readonly host: string;
  readonly port: number;
}

export interface BytesServer extends Target {
  close(): Promise<void>;
}

/**
 * Answers each line that holds a number N with N bytes, for as long as the client stays.
 * @param server one that listens.
 */
export function serveBytes(server: Server): BytesServer {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Tors that are killed in the middle of a stream reset it.
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (chunk) => {
      const lines = (text + chunk.toString()).split('\n');
      text = lines.pop()!;
      for (const line of lines) socket.write(Buffer.alloc(Number(line)));
    });
  });
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Asks a server of bytes for so many, and resolves when they have all arrived. */
export async function fetchBytes(socket: Socket, bytes: number): Promise<void> {
  socket.write(`${bytes}\n`);
  let missing = bytes;
  while (missing > 0) missing -= (await readSome(socket)).length;
}

/**
 * Makes a socket that is connected to a SOCKS5 port (RFC 1928) a stream to what lies behind, which
 * must be there within `timeoutMs`; else it is destroyed.
 */
export async function connectThrough(
  socket: Socket,
  target: Target,
  timeoutMs: number,
): Promise<Socket> {
  const late = new Error(`no stream within ${timeoutMs} ms`);
  const timer = setTimeout(() => socket.destroy(late), timeoutMs);
  // What a stream meets later is told to whoever reads it, not to the whole process.
  socket.on('error', () => {});
  try {
    socket.write(Buffer.from([5, 1, 0]));
    await readSome(socket, 2);
    const port = [target.port >> 8, target.port & 0xff];
    socket.write(Buffer.from([5, 1, 0, ...addressOf(target.host), ...port]));
    const [, status] = await readSome(socket, 10);
    if (status !== 0) throw new Error(`SOCKS refuses the stream with ${status}`);
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  } finally {
    clearTimeout(timer);
  }
  return socket;
}

/** ATYP and DST.ADDR of a request (RFC 1928, section 5). */
function addressOf(host: string): number[] {
  if (isIPv4(host)) return [1, ...host.split('.').map(Number)];
  return [3, host.length, ...Buffer.from(host)];
}

/** What has arrived, at least a byte; exactly `length` bytes where that is given. */
async function readSome(socket: Socket, length?: number): Promise<Buffer> {
  for (;;) {
    const chunk: Buffer | null = socket.read(length);
    if (chunk !== null && (length === undefined || chunk.length === length)) return chunk;
    if (socket.destroyed || socket.readableEnded) throw new Error('the stream ended');
    await once(socket, 'readable');
  }
}
