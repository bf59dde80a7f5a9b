/**
 * The configuration of each Tor of a private network, and the keys of its authorities.
 * Owns what keeps that network on loopback; starting a Tor is node.ts's.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Ports that every Tor of a network has alike, each on its own address. */
export interface NetworkPorts {
  readonly or: number;
  readonly dir: number;
  readonly control: number;
  readonly socks: number;
}

export type Role = 'authority' | 'relay' | 'exit' | 'client';

export interface Place {
  readonly name: string;
  readonly role: Role;
  /** In 127.0.0.0/8. */
  readonly ip: string;
  readonly dataDir: string;
}

/** The voting of authorities as fast as three of them agree reliably, seconds. */
const VOTING = { interval: 20, delay: 4 };

export function torrcOf(place: Place, ports: NetworkPorts, authorityLines: readonly string[]) {
  const { name, role, ip, dataDir } = place;
  const relaying = [
    `ORPort ${ip}:${ports.or}`,
    'SocksPort 0',
    'AssumeReachable 1',
    'ServerDNSResolvConfFile /dev/null',
    'ServerDNSDetectHijacking 0',
    'ServerDNSTestAddresses',
    'ContactInfo nobody',
  ];
  const byRole: Readonly<Record<Role, readonly string[]>> = {
    authority: [...relaying, 'ExitPolicy reject *:*', ...votingLines(ip, ports)],
    // Tor's own default, which testing networks have not.
    relay: [...relaying, 'ExitPolicy reject *:*', 'ExitPolicyRejectPrivate 1'],
    exit: [
      ...relaying,
      'ExitRelay 1',
      'ExitPolicyRejectPrivate 0',
      // Clients see a summary without private addresses: what it left out there, they would not
      // ask for here. That no stream leaves the machine is OutboundBindAddress's doing.
      'ExitPolicy accept *:*',
    ],
    client: [`SocksPort ${ip}:${ports.socks}`],
  };
  const lines = [
    'TestingTorNetwork 1',
    'UseDefaultFallbackDirs 0',
    ...authorityLines,
    // What would leave the machine all the same cannot: its source would be loopback.
    'OutboundBindAddress 127.0.0.1',
    `Address ${ip}`,
    `Nickname ${name}`,
    `DataDirectory ${dataDir}`,
    `ControlPort ${ip}:${ports.control}`,
    `ControlSocket ${controlSocketOf(place)}`,
    'CookieAuthentication 1',
    'Log notice stdout',
    `Log notice file ${logFileOf(place)}`,
    // Tor ends by itself within 15 s where the tests died without stopping it.
    `__OwningControllerProcess ${process.pid}`,
    'PathsNeededToBuildCircuits 0.67',
    // Conflux retries without end where there are so few relays.
    'ConfluxEnabled 0',
    ...byRole[role],
  ];
  return `${lines.join('\n')}\n`;
}

function votingLines(ip: string, ports: NetworkPorts): string[] {
  const timing = ['TestingV3AuthInitial', 'V3Auth'].flatMap((prefix) => [
    `${prefix}VotingInterval ${VOTING.interval}`,
    `${prefix}VoteDelay ${VOTING.delay}`,
    `${prefix}DistDelay ${VOTING.delay}`,
  ]);
  return [
    `DirPort ${ip}:${ports.dir}`,
    'AuthoritativeDirectory 1',
    'V3AuthoritativeDirectory 1',
    ...timing,
    'V3AuthNIntervalsValid 2',
    'TestingDirAuthVoteExit *',
    'TestingDirAuthVoteGuard *',
    'TestingDirAuthVoteHSDir *',
    'TestingMinExitFlagThreshold 0',
  ];
}

export function controlSocketOf(place: Place): string {
  return join(place.dataDir, 'control');
}

export function logFileOf(place: Place): string {
  return join(place.dataDir, 'notice.log');
}

/** Makes the keys of an authority, and gives the DirAuthority line that tells all others of it. */
export async function makeAuthority(place: Place, ports: NetworkPorts): Promise<string> {
  const { name, ip, dataDir } = place;
  const keys = join(dataDir, 'keys');
  await mkdir(keys, { mode: 0o700 });
  const certificate = join(keys, 'authority_certificate');
  const made = run('tor-gencert', [
    ...['--create-identity-key', '--passphrase-fd', '0', '-a', `${ip}:${ports.dir}`],
    ...['-i', join(keys, 'authority_identity_key')],
    ...['-s', join(keys, 'authority_signing_key')],
    ...['-c', certificate],
  ]);
  made.child.stdin!.end('of no worth\n');
  await made;
  const [, v3ident] = /^fingerprint ([0-9A-F]{40})$/m.exec(await readFile(certificate, 'utf8'))!;

  // Only makes the keys and ends: with an authority, even a false one, it knows of no other.
  const torrc = join(dataDir, 'torrc.keys');
  const zeros = '0'.repeat(40);
  const nobody = `DirAuthority nobody orport=1 v3ident=${zeros} 127.0.0.1:1 ${zeros}`;
  await writeFile(torrc, torrcOf({ ...place, role: 'relay' }, ports, [nobody]));
  await run('tor', [...torArguments(torrc), '--list-fingerprint']);
  const fingerprint = (await readFile(join(dataDir, 'fingerprint'), 'utf8')).trim().split(' ')[1];
  return `DirAuthority ${name} orport=${ports.or} v3ident=${v3ident} ${ip}:${ports.dir} ${fingerprint}`;
}

/** Without the machine's own torrc, which would have Tor reach for the public network. */
export function torArguments(torrc: string): string[] {
  return ['--defaults-torrc', '/dev/null', '-f', torrc];
}
