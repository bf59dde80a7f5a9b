/**
 * A private network on which everything happens that an operator may meet, one act after the other,
 * while some of its relays are recorded.
 * Owns the acts; what the audit must say of them is stagedAudit.ts's.
 */
import { mkdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { allAreKnown, asking, command } from './asking.ts';
import type { OwnLoopback } from './loopback.ts';
import { freePorts, startTorNetwork, type TorNetwork } from './network.ts';
import type { TorNode } from './node.ts';
import { type RecorderProcess, startRecorder } from './recorderProcess.ts';
import { fetchBytes, serveBytes, type Target } from './traffic.ts';

/** A recording, and of what. */
export interface StagedTape {
  /** `public`: a relay that tells what one on the public network does; `exit` likewise. */
  readonly of: 'public' | 'exit' | 'testing';
  readonly path: string;
}

export interface StagedAct {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

export interface Staged {
  readonly tapes: readonly StagedTape[];
  readonly acts: readonly StagedAct[];
  /** Acts that did not come off, and why. */
  readonly failed: readonly string[];
}

const INTERVAL = '2s';

/** From one address that is nobody's, at the relay that is as on the public network. */
export const STRANGERS = 60;

/** From the exit to one address. */
export const CROWD = 25;

/** Taken at once, then it rests: other things go on at this machine. */
const PIECE_BYTES = 2_000_000;
const REST_MS = 700;

/** On average, between two pages. */
const READING_MS = 1200;

/** A page that does not come for so long is given up. */
const PATIENCE_MS = 20_000;

/** Until Tor is told otherwise, or started anew. */
async function beAsOnThePublicNetwork(node: TorNode): Promise<void> {
  const { or } = await freePorts();
  const port = `MetricsPort="${node.ip}:${or}" MetricsPortPolicy="accept 127.0.0.1"`;
  await command(node, `SETCONF TestingEnableConnBwEvent=0 TestingEnableCellStatsEvent=0 ${port}`);
}

interface Scene {
  readonly network: TorNetwork;
  readonly loopback: OwnLoopback;
  /** Outside the network, at an address that is not local. */
  readonly site: Target;
  /** How long an act lasts, milliseconds. */
  readonly actMs: number;
  /** Aborted when the act is over. */
  readonly signal: AbortSignal;
}

/** In this order. Each resolves some time after its signal. */
const ACTS: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'nothing but browsing': async () => {},

  'a bulk download': async ({ network, site, signal }) => {
    const stream = await network.openStream(site);
    while (!signal.aborted) {
      await fetchBytes(stream, PIECE_BYTES);
      await pause(REST_MS);
    }
    stream.destroy();
  },

  'an onion service at the relay': async ({ network, signal }) => {
    const { host, port } = network.server;
    const [relay] = network.relays;
    const reply = await asking(relay!, (control) =>
      control.command(`ADD_ONION NEW:ED25519-V3 Flags=DiscardPK,Detach Port=80,${host}:${port}`),
    );
    const onion = reply.lines[0]!.text.replace('ServiceID=', '');
    await browse(network, { host: `${onion}.onion`, port: 80 }, signal);
    await command(relay!, `DEL_ONION ${onion}`);
  },

  'connections that say nothing': async ({ network, loopback, signal }) => {
    const { ip, orPort } = network.relays[0]!;
    const sockets: Socket[] = [];
    for (let index = 0; index < STRANGERS; index++) {
      sockets.push(await loopback.connect({ host: ip, port: orPort! }, loopback.stranger));
      sockets.push(await loopback.connect({ host: ip, port: orPort! }));
    }
    for (const socket of sockets) socket.on('error', () => {});
    await over(signal);
    for (const socket of sockets) socket.destroy();
  },

  'a relay is killed, and started again': async ({ network, actMs, signal }) => {
    const relay = network.relays[2]!;
    await relay.kill();
    await pause(actMs / 2);
    await relay.start();
    await over(signal);
  },

  'a relay is stopped, and goes on': async ({ network, actMs, signal }) => {
    const { pid } = network.relays[1]!;
    process.kill(pid, 'SIGSTOP');
    await pause(actMs / 2);
    process.kill(pid, 'SIGCONT');
    await over(signal);
  },

  'many connections to one address': async ({ network, site, signal }) => {
    const opening = Array.from({ length: CROWD }, () => network.openStream(site));
    const streams = await Promise.all(opening);
    for (const stream of streams) await fetchBytes(stream, 1000);
    await over(signal);
    for (const stream of streams) stream.destroy();
  },

  'the relay is started anew': async ({ network, signal }) => {
    const [relay] = network.relays;
    await relay!.restart();
    await beAsOnThePublicNetwork(relay!);
    await over(signal);
  },

  'the exit becomes none': async ({ network, site, actMs, signal }) => {
    const { exit, server } = network;
    const streams = [await network.openStream(site), await network.openStream(server)];
    await command(exit, 'SETCONF ExitPolicyRejectPrivate=1');
    await use(streams, actMs / 3);
    await command(exit, 'SETCONF ExitRelay=0');
    await use(streams, actMs / 3);
    await command(exit, 'SETCONF ExitRelay=1 ExitPolicyRejectPrivate=0');
    await over(signal);
    for (const stream of streams) stream.destroy();
  },

  'the end': async () => {},
};

/**
 * Stages all acts, each as long as the others.
 * @param folder for the recordings. `dist` must be built.
 * @param says told as each act begins.
 */
export async function stage(
  loopback: OwnLoopback,
  folder: string,
  minutes: number,
  says: (what: string) => void,
): Promise<Staged> {
  mkdirSync(folder, { recursive: true });
  const network = await startTorNetwork(loopback);
  const web = serveBytes(await loopback.listen(loopback.stranger));
  const { exit, relays } = network;
  const recorded = [
    { of: 'public', node: relays[0]! },
    { of: 'exit', node: exit },
    { of: 'testing', node: relays[1]! },
  ] as const;
  const recorders: RecorderProcess[] = [];
  const whole = new AbortController();
  try {
    await allAreKnown(network);
    for (const node of [relays[0]!, exit]) await beAsOnThePublicNetwork(node);
    const tapes: StagedTape[] = [];
    for (const { of, node } of recorded) {
      const path = join(folder, `${of}.tape`);
      recorders.push(await startRecorder(node, loopback, path, ['--interval', INTERVAL]));
      tapes.push({ of, path });
    }
    const browsing = [1, 2].map(() => browse(network, web, whole.signal));
    const acts: StagedAct[] = [];
    const failed: string[] = [];
    const actMs = (minutes * 60_000) / Object.keys(ACTS).length;
    for (const [name, act] of Object.entries(ACTS)) {
      says(name);
      const from = Date.now();
      const signal = AbortSignal.timeout(Math.ceil(actMs));
      await Promise.all([
        act({ network, loopback, site: web, actMs, signal }).catch((failure) => {
          failed.push(`${name}: ${failure}`);
        }),
        over(signal),
      ]);
      acts.push({ name, from, to: Date.now() });
    }
    whole.abort();
    await Promise.all(browsing);
    for (const recorder of recorders) await recorder.stop();
    return { tapes, acts, failed };
  } finally {
    whole.abort();
    for (const recorder of recorders) recorder.kill();
    await web.close();
    await network.stop();
  }
}

/** Fetches pages of a site, one after the other, until the signal; what fails is not asked for again. */
async function browse(network: TorNetwork, site: Target, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await fetchPage(network, site).catch(() => {});
    await pause(-Math.log(1 - Math.random()) * READING_MS, undefined, { signal }).catch(() => {});
  }
}

async function fetchPage(network: TorNetwork, site: Target): Promise<void> {
  const stream = await network.openStream(site);
  stream.setTimeout(PATIENCE_MS, () => stream.destroy(new Error('the stream stands still')));
  try {
    await fetchBytes(stream, Math.round(1000 * Math.exp(4 * Math.random())));
  } finally {
    stream.destroy();
  }
}

/** Something every second. */
async function use(streams: readonly Socket[], ms: number): Promise<void> {
  const signal = AbortSignal.timeout(Math.ceil(ms));
  while (!signal.aborted) {
    for (const stream of streams) await fetchBytes(stream, 2000);
    await pause(1000);
  }
}

async function over(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
