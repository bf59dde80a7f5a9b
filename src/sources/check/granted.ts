/**
 * What a Tor grants to who is let in.
 * Owns the questions to the control port and to the MetricsPort; none of them changes Tor.
 */
import type { ControlClient } from '../../control/client.ts';
import { ReplyError } from '../../control/reply.ts';
import { ConntapeError } from '../../error.ts';
import { parseExposition } from '../metrics/exposition.ts';
import { getText } from '../metrics/http.ts';
import type { MetricsFrom } from '../metrics/metered.ts';
import { findMetricsPort } from '../metrics/place.ts';
import { Consensus } from '../stock/consensus.ts';
import type { Check } from './answer.ts';

/** A MetricsPort answers within milliseconds. */
const METRICS_TIMEOUT_MS = 2000;

/** What beside `conn/all` the control port gives. @param isNative whether it has that. */
export async function checkGranted(
  client: ControlClient,
  isNative: boolean,
  metrics: MetricsFrom,
): Promise<Check[]> {
  return [
    ...(isNative ? [] : await checkStock(client)),
    await checkConfiguration(client),
    await checkMetrics(client, metrics),
  ];
}

async function checkStock(client: ControlClient): Promise<Check[]> {
  const hasEvents = await grantsEvent(client, 'ORCONN');
  const hasCircuits = (await answerTo(client, 'circuit-status')) !== undefined;
  const cells = (await optionOf(client, 'TestingEnableCellStatsEvent')) === '1';
  const { size } = Consensus.parse((await answerTo(client, 'ns/all')) ?? '');
  return [
    {
      what: 'OR connections',
      answer: hasEvents ? 'yes' : 'no',
      says: hasEvents
        ? 'every one as it opens and as it ends, and why it ended'
        : 'Tor has no ORCONN events: only what is open at a poll, and not why it ended',
      steps: [],
    },
    {
      what: 'ages',
      answer: 'partly',
      says: 'of what opens from now on; those of what is open now a dump tells, in Tor’s log too',
      steps: ['record with --dump 1h'],
    },
    {
      what: 'own circuits',
      answer: hasCircuits ? 'partly' : 'no',
      says: hasCircuits ? 'which there are; not their bytes' : 'Tor does not answer circuit-status',
      steps: [],
    },
    {
      what: 'circuits of others',
      answer: cells ? 'partly' : 'no',
      says: cells
        ? 'their cells; not when they end'
        : 'a stock Tor lists none on the public network; a testing network may',
      steps: cells ? [] : ['on a testing network, torrc: TestingEnableCellStatsEvent 1'],
    },
    {
      what: 'consensus',
      answer: size > 0 ? 'yes' : 'no',
      says:
        size > 0
          ? `${size} relays: which connections are whose`
          : 'Tor has none: it cannot be told which connections are relays’',
      steps: size > 0 ? [] : ['wait until Tor has bootstrapped'],
    },
  ];
}

async function checkConfiguration(client: ControlClient): Promise<Check> {
  const what = 'configuration';
  const isKnown = (await optionOf(client, 'ExitPolicyRejectPrivate')) !== undefined;
  const hasPolicy = (await answerTo(client, 'exit-policy/full')) !== undefined;
  if (!isKnown) {
    const says = 'Tor does not say it: what an exit may do is taken to be Tor’s default';
    return { what, answer: 'no', says, steps: [] };
  }
  const hasEvent = await grantsEvent(client, 'CONF_CHANGED');
  const isWhole = hasPolicy && hasEvent;
  return {
    what,
    answer: isWhole ? 'yes' : 'partly',
    says: isWhole
      ? 'exit policy and options, and when they change'
      : `options${hasPolicy ? '' : ', no exit policy'}${hasEvent ? '' : '; changes from poll to poll only'}`,
    steps: [],
  };
}

const METRICS_LINES: readonly string[] = [
  'torrc: MetricsPort 127.0.0.1:9035',
  'torrc: MetricsPortPolicy accept 127.0.0.1',
];

async function checkMetrics(client: ControlClient, from: MetricsFrom): Promise<Check> {
  const what = 'MetricsPort';
  const no = (says: string, steps = METRICS_LINES): Check => ({ what, answer: 'no', says, steps });
  if (from === 'off') return no('--metrics off', []);
  const place = from === 'auto' ? await findMetricsPort(client) : from;
  if (place === undefined) {
    return no('Tor has none: its own count of connections, drops and overload is missing');
  }
  if (typeof place === 'string') return no(place);
  try {
    const { values } = parseExposition(await getText(place, METRICS_TIMEOUT_MS));
    if (values.size === 0) return no(`${place.href}: it has no series`, []);
    const says = `${values.size} series at ${place.href}: Tor’s own count of connections, drops and overload`;
    return { what, answer: 'yes', says, steps: [] };
  } catch (thrown) {
    if (!(thrown instanceof ConntapeError)) throw thrown;
    return no(`${place.href}: ${thrown.parts.cause}`);
  }
}

/** Subscribes on this connection alone, which is closed soon. */
async function grantsEvent(client: ControlClient, name: string): Promise<boolean> {
  return (await orRefused(async () => [await client.setEvents([name])])) !== undefined;
}

/** Undefined where Tor refuses it. Rejects as the connection breaks. */
async function answerTo(client: ControlClient, key: string): Promise<string | undefined> {
  return await orRefused(async () => (await client.getInfo([key])).get(key));
}

async function optionOf(client: ControlClient, name: string): Promise<string | undefined> {
  return await orRefused(async () => (await client.getConf([name])).get(name));
}

async function orRefused<Value>(ask: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await ask();
  } catch (thrown) {
    if (thrown instanceof ReplyError) return undefined;
    throw thrown;
  }
}
