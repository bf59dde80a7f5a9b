/** Whose process it is: real processes, which hold a control connection or do not. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Address, parseAddress } from '../../src/control/address.ts';
import { ControlClient } from '../../src/control/client.ts';
import { whoseProcess } from '../../src/sources/whose.ts';
import { temporaryFolder } from '../control/peers.ts';
import { onPlatform } from '../sockets/system.ts';

/**
 * A control port in a process of its own that says what it is told to: `pid` and `listeners` are
 * JavaScript, so that they can be its own.
 */
const TOR = (pid: string, listeners: string, address: string) => `
  const server = require('node:net').createServer((socket) => {
    let rest = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const lines = (rest + chunk).split('\\r\\n');
      rest = lines.pop();
      for (const line of lines) {
        const [command, key] = line.split(' ');
        const values = { 'process/pid': ${pid}, uptime: Math.floor(process.uptime()), 'net/listeners/or': ${listeners} };
        if (command === 'PROTOCOLINFO') socket.write('250-PROTOCOLINFO 1\\r\\n250-AUTH METHODS=NULL\\r\\n250 OK\\r\\n');
        else if (command !== 'GETINFO') socket.write('250 OK\\r\\n');
        else if (values[key] === undefined) socket.write('552 Unrecognized key "' + key + '"\\r\\n');
        else socket.write('250-' + key + '=' + values[key] + '\\r\\n250 OK\\r\\n');
      }
    });
  });
  server.listen(${address}, () => console.log(JSON.stringify(server.address())));
`;

interface Started {
  readonly child: ChildProcess;
  readonly address: Address;
}

async function start(
  { pid = 'process.pid', listeners = "''", at = "0, '127.0.0.1'" },
  run: readonly string[] = [],
): Promise<Started | undefined> {
  const [command = '', ...args] = [...run, process.execPath, '-e', TOR(pid, listeners, at)];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [said] = (await Promise.race([once(child.stdout, 'data'), once(child, 'close')])) as [
    unknown,
  ];
  if (!Buffer.isBuffer(said)) return undefined;
  const address: unknown = JSON.parse(said.toString());
  const text =
    typeof address === 'string' ? `unix:${address}` : `${(address as { port: number }).port}`;
  return { child, address: parseAddress(text) };
}

async function asked(address: Address): Promise<number> {
  const client = await ControlClient.connect({ address });
  onTestFinished(() => client.close());
  return await whoseProcess(client, address, Date.now());
}

/** A port that passes everything on to another, as socat does. */
async function forwarderTo(port: number): Promise<Address> {
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    sockets.push(near, far);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return parseAddress(`${(server.address() as { port: number }).port}`);
}

function portOf({ address }: Started): number {
  if (address.kind !== 'tcp') throw new Error('no port');
  return address.port;
}

describe('whose process it is', () => {
  it('is the one that holds the other end of the control connection', async () => {
    const tor = await start({});
    expect(await asked(tor!.address)).toBe(tor!.child.pid);
  });

  it('is the one that holds the Unix socket', async () => {
    const path = `${temporaryFolder()}/control`;
    const tor = await start({ at: JSON.stringify(path) });
    expect(await asked(tor!.address)).toBe(tor!.child.pid);
  });

  it('is not one that only has the number', async () => {
    const decoy = await start({});
    const tor = await start({ pid: `${decoy!.child.pid}`, listeners: `'"0.0.0.0:9"'` });
    await expect(asked(tor!.address)).rejects.toMatchObject({
      kind: 'connect',
      message: expect.stringMatching(
        new RegExp(
          `process ${decoy!.child.pid} \\(.*\\) holds neither .*process ${tor!.child.pid} `,
        ),
      ),
    });
  });

  it('is the one that listens where Tor says, behind a forwarder', async () => {
    const listeners = `'"127.0.0.1:' + server.address().port + '"'`;
    const tor = await start({ listeners });
    const address = await forwarderTo(portOf(tor!));
    expect(await asked(address)).toBe(tor!.child.pid);
  });

  it('behind a forwarder is nobody’s where nothing listens as Tor says', async () => {
    const tor = await start({ listeners: `'"127.0.0.1:9"'` });
    const address = await forwarderTo(portOf(tor!));
    await expect(asked(address)).rejects.toThrow(
      new RegExp(`ends at process ${process.pid} .*may forward it`),
    );
  });

  it('that nobody here has is elsewhere', async () => {
    // Past the greatest process id that Linux gives.
    const tor = await start({ pid: `${2 ** 22 + 1}` });
    await expect(asked(tor!.address)).rejects.toThrow(/no process that can be seen here is/);
  });

  it('is sought by the sockets of the number where there is no /proc of Linux', async () => {
    onPlatform('darwin');
    const tor = (await start({}))!;
    expect(await asked(tor.address)).toBe(tor.child.pid);
    const other = (await start({}))!;
    const stranger = (await start({ pid: String(other.child.pid) }))!;
    await expect(asked(stranger.address)).rejects.toThrow(
      `Tor says that it is process ${other.child.pid}, and that process holds neither`,
    );
  });

  it('of a Tor in a PID namespace of its own is the one that this machine numbers', async () => {
    const run = ['unshare', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const tor = await start({}, run);
    if (tor === undefined) return console.warn('SKIPPED: namespaces are not allowed');
    const pid = await asked(tor.address);
    // unshare itself is the child; Tor is the child's, and calls itself 1.
    expect(pid).toBeGreaterThan(1);
    expect(pid).not.toBe(tor.child.pid);
  });
});
