/**
 * local-network-connection: traffic that is relayed into the operator's own network.
 * Owns the rule (docs/reference.md, local-network-connection).
 */
import { directionOf, usageOf } from '../../listing/flags.ts';
import { isLocalAddress } from '../../listing/privacy.ts';
import type { Header } from '../../listing/snapshot.ts';
import type { Rows, Step } from '../../recording/playback/step.ts';
import { MatchingRows } from './matching.ts';
import { CONNECTIONS, LINES, type Need, SHORT_CONNECTIONS } from './needs.ts';
import type { Examination, Finding, Rule } from './rule.ts';
import { type Seen, Sightings } from './sightings.ts';
import { count } from './wording.ts';

/** A configuration that says that nobody shall reach the own network. */
const PRIVATE_REJECTED: Need = () => {
  return ({ header }) => {
    const reason = whyNot(header.config);
    return reason === undefined ? undefined : { wholly: true, reason };
  };
};

export const localNetworkConnection: Rule = {
  name: 'local-network-connection',
  explanation:
    'Someone reaches a machine of the operator’s own network through this Tor, although ExitPolicyRejectPrivate says that nobody shall.',
  harmless:
    'A relay of one’s own in the same network that the consensus does not list yet; a virtual machine or container in front of Tor that hides who really connects.',
  thresholds: {},
  needs: () => [CONNECTIONS, SHORT_CONNECTIONS, LINES, PRIVATE_REJECTED],
  examine: () => new LocalNetwork(),
};

/** The torrc option that says whether such connections are refused; 1 is Tor's own default. */
const OPTION = 'ExitPolicyRejectPrivate';

class LocalNetwork implements Examination {
  readonly #sightings = new Sightings<Reached>();
  readonly #found: Finding[] = [];
  readonly #relayed = new MatchingRows(isRelayedIntoLocalNetwork);

  watch(step: Step): void {
    const relayed = this.#relayed.follow(step);
    for (const seen of this.#sightings.takeOver(step.at)) this.#found.push(findingOf(seen));
    if (whyNot(step.header.config) !== undefined) return;
    for (const slot of relayed) {
      const label = step.rows.labelOf(slot);
      const seen = this.#sightings.see(INCIDENT, step, newIncident);
      seen.ips.add(label.ip);
      seen.ports.add(label.port);
      seen.connections.add(`${step.run} ${label.connId}`);
    }
  }

  over(): Finding[] {
    return this.#found.splice(0);
  }

  findings(): Finding[] {
    for (const seen of this.#sightings.all()) this.#found.push(findingOf(seen));
    return this.over();
  }
}

/** What was reached in one incident. */
interface Reached {
  readonly ips: Set<string>;
  readonly ports: Set<number>;
  readonly connections: Set<string>;
}

/** A scan of the network is one incident. */
const INCIDENT = 'the own network';

const newIncident = (): Reached => ({ ips: new Set(), ports: new Set(), connections: new Set() });

function findingOf({ detail: { ips, ports, connections }, evidence }: Seen<Reached>): Finding {
  const [first] = ips;
  const where = ips.size === 1 ? 'there' : `to ${listOf([...ips])}`;
  const it = ips.size === 1 ? 'it is not a known relay' : 'none of them is a known relay';
  return {
    ...evidence,
    severity: 'critical',
    subject: ips.size === 1 ? first! : `${ips.size} addresses of the own network`,
    ...(ips.size === 1 ? { about: { address: first! } } : {}),
    value: connections.size,
    threshold: 1,
    explanation: `${count(connections.size, 'connection')} went ${where}, to port ${portsOf(ports)}, and ${it}.`,
  };
}

/** Why such a connection is not a finding; undefined where it is one. */
function whyNot(config: Header['config']): string | undefined {
  const setting = config[OPTION];
  if (setting === '1') return undefined;
  return setting === undefined
    ? `the recording does not have ${OPTION}`
    : `${OPTION} is ${setting}: the operator permits such connections`;
}

function isRelayedIntoLocalNetwork(rows: Rows, slot: number): boolean {
  const flags = rows.flagsOf(slot);
  if (directionOf(flags) !== 'outbound' || usageOf(flags) !== 'relay') return false;
  const { orId, ip } = rows.labelOf(slot);
  return orId === '0' && ip !== '0' && isLocalAddress(ip);
}

/** A scan reaches thousands; so many say what it was after. */
const NAMED = 10;

function portsOf(ports: ReadonlySet<number>): string {
  return listOf([...ports].sort((a, b) => a - b));
}

function listOf(all: readonly (string | number)[]): string {
  const more = all.length > NAMED ? ` and ${all.length - NAMED} more` : '';
  return `${all.slice(0, NAMED).join(', ')}${more}`;
}
