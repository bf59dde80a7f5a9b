/**
 * Whether it was an exit, and whether its exit policy of that time admitted the address and port.
 * Owns both questions and their words (docs/reference.md, Answering a complaint); the judging is
 * listing/exitPolicy.ts's.
 */
import {
  acceptedPorts,
  decidingRule,
  EXIT_POLICY,
  type ExitPolicy,
  MOST_POLICY_CHARACTERS,
  type PortRange,
  parseExitPolicy,
} from '../../listing/exitPolicy.ts';
import { isoTime } from '../../listing/instant.ts';
import { ipNumber } from '../../listing/ip.ts';
import { count } from '../findings/wording.ts';
import type { ComplaintAnswer, ComplaintDestination } from './complaint.ts';
import { answersOver, type OfSession } from './held.ts';
import type { HeldSession, Looked } from './looking.ts';
import { destinationText } from './wording.ts';

type Config = HeldSession['header']['config'];

/** Whether the exit policy accepts anything; Tor obeys it, not the option. */
const ACCEPTS = 'exit-policy/accepts';

export function exitAnswers(looked: Looked): ComplaintAnswer[] {
  const about = { question: 'exit', asks: 'Was it an exit?' } as const;
  return answersOver(about, looked, ({ header: { config } }) => exitIn(config));
}

function exitIn(config: Config): OfSession {
  const { ExitRelay: option, [ACCEPTS]: accepts } = config;
  const evidence = option === undefined ? [] : [`ExitRelay was ${option}`];
  if (accepts === '1') {
    const because = 'Its exit policy accepted something.';
    return { verdict: 'seen', because, evidence };
  }
  if (accepts === '0') {
    const because =
      'Its exit policy accepted nothing, no address and no port; an exit’s accepts something, and is recorded with each poll.';
    return { verdict: 'not seen', because, evidence };
  }
  if (option === '0') {
    const because =
      'ExitRelay was 0: Tor then accepts no exit traffic, whatever else is configured.';
    return { verdict: 'not seen', because, evidence: [] };
  }
  if (option === '1') {
    const because = 'ExitRelay was 1; what its exit policy accepted the recording does not hold.';
    return { verdict: 'seen', because, evidence: [] };
  }
  const because =
    option === undefined
      ? 'The recording holds neither ExitRelay nor the exit policy of that time.'
      : `ExitRelay was ${option}, with which the exit policy decides, and that the recording does not hold.`;
  return { verdict: 'not observable', because, evidence: [] };
}

/** None where no destination was given. */
export function policyAnswers(looked: Looked): ComplaintAnswer[] {
  const { destination } = looked.complaint;
  if (destination === undefined) return [];
  const about = {
    question: 'policy',
    asks: `Did its exit policy admit ${destinationText(destination)}?`,
  } as const;
  return answersOver(about, looked, (held) => {
    const answer = policyIn(held.header.config, destination);
    if (answer.verdict !== 'not seen') return answer;
    return { ...answer, evidence: [...answer.evidence, ...admittedBefore(looked, held)] };
  });
}

function policyIn(config: Config, destination: ComplaintDestination): OfSession {
  const text = config[EXIT_POLICY];
  const policy = text === undefined ? undefined : parseExitPolicy(text);
  if (policy !== undefined) return judged(policy, destination);
  if (config[ACCEPTS] === '0') {
    const because = 'It accepted nothing, no address and no port.';
    return { verdict: 'not seen', because, evidence: [] };
  }
  if (config['ExitRelay'] === '0') {
    const because = 'ExitRelay was 0, with which Tor’s exit policy accepts nothing.';
    return { verdict: 'not seen', because, evidence: [] };
  }
  const because =
    text === undefined
      ? `The recording does not hold the exit policy of that time (${EXIT_POLICY}): whoever recorded did not keep it, or Tor did not answer.`
      : `The recording does not hold the exit policy of that time: it was longer than ${MOST_POLICY_CHARACTERS} characters, or not one that can be read.`;
  return { verdict: 'not observable', because, evidence: [] };
}

function judged(policy: ExitPolicy, destination: ComplaintDestination): OfSession {
  const { ip: text, port } = destination;
  const ip = ipNumber(text)!;
  const rules = [`the policy had ${count(policy.length, 'rule')}; the first that matches decides`];
  if (port === undefined) {
    const ports = acceptedPorts(policy, ip);
    if (ports.length === 0) {
      const because = `It rejected ${text} on every port: Tor refuses such a stream and makes no connection.`;
      return { verdict: 'not seen', because, evidence: rules };
    }
    return {
      verdict: 'seen',
      because: `It accepted ${text} on ${portsText(ports)}.`,
      evidence: rules,
    };
  }
  const what = destinationText(destination);
  const rule = decidingRule(policy, ip, port);
  if (rule === undefined) {
    const because = `It accepted ${what}: none of its rules names that, and Tor accepts what none names.`;
    return { verdict: 'seen', because, evidence: rules };
  }
  if (rule.accepts) {
    return {
      verdict: 'seen',
      because: `It accepted ${what}, by its rule “${rule.text}”.`,
      evidence: rules,
    };
  }
  const because = `It rejected ${what}, by its rule “${rule.text}”: Tor refuses such a stream and makes no connection.`;
  return { verdict: 'not seen', because, evidence: rules };
}

function portsText(ranges: readonly PortRange[]): string {
  const texts = ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  if (texts[0] === '1-65535') return 'every port';
  const isOne = ranges.length === 1 && !texts[0]!.includes('-');
  return `${isOne ? 'port' : 'ports'} ${texts.join(', ')}, and on no other`;
}

/** That it was admitted earlier: what is open when a policy changes stays open. */
function admittedBefore({ sessions, complaint }: Looked, { from }: HeldSession): string[] {
  const { destination } = complaint;
  const last = sessions.findLastIndex(
    ({ at, header }) => at < from && policyIn(header.config, destination!).verdict === 'seen',
  );
  if (last < 0) return [];
  const until = sessions[last + 1]?.at ?? from;
  return [
    `until ${isoTime(until)} an earlier policy accepted it: Tor leaves open what it then let through`,
  ];
}
