/**
 * Listening at an address, safely: a Unix socket that only its owner can open, a stale one replaced.
 * Owns the listening socket, not what is said on it.
 */
import { lstat, rm } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { ConntapeError, messageOf } from '../error.ts';
import { type Address, formatAddress } from './address.ts';

/**
 * Listens, and gives the address with the port that was taken where 0 was asked for. A Unix socket
 * gets mode 0600 and is removed when the server closes; one that a dead process left is replaced.
 * Rejects with `usage` where the address is taken or not ours.
 */
export async function listen(server: Server, address: Address): Promise<Address> {
  try {
    if (address.kind === 'unix') await removeStale(address.path);
    await bind(server, address);
  } catch (error) {
    throw new ConntapeError(
      'usage',
      { operation: 'listening on', object: formatAddress(address), ...whyNot(error, address) },
      { cause: error },
    );
  }
  const bound = server.address();
  if (address.kind === 'unix' || bound === null || typeof bound === 'string') return address;
  return { ...address, port: bound.port };
}

/** What keeps from listening, and the next step where it is known. */
function whyNot(error: unknown, { kind }: Address): { cause: string; hint?: string } {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    const hint = `give another address with --listen${kind === 'tcp' ? ', port 0 for any' : ''}`;
    return { cause: 'another program listens there', hint };
  }
  if (code === 'EACCES') {
    const hint = kind === 'tcp' ? 'take a port from 1024 on' : 'take a folder that is yours';
    return { cause: 'no permission', hint };
  }
  return { cause: messageOf(error) };
}

function bind(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    if (address.kind === 'tcp') {
      server.listen({ host: address.host, port: address.port });
      return;
    }
    // The socket is made within this call; with a mode set later, anyone could connect before.
    const umask = process.umask(0o177);
    try {
      server.listen({ path: address.path });
    } finally {
      process.umask(umask);
    }
  });
}

/** Removes a socket that nobody listens on; leaves everything else for `listen` to fail on. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSocket() && (await isRefused(path))) await rm(path, { force: true });
}

function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}
