/**
 * What a session, a snapshot or a gap says in free text, without the addresses of Tor's users.
 * Owns which texts those are; lines are scrubbed where their `Label` is made and by scrubbing.ts, and
 * how a text is scrubbed is privacy.ts's.
 */
import { EXIT_POLICY, keptPolicy } from './exitPolicy.ts';
import { areFlags } from './flags.ts';
import { isOrId } from './label.ts';
import { ownValuesIn } from './ownAddresses.ts';
import { scrubJson, scrubText } from './privacy.ts';
import type { Gap, Header, JsonObject, LifeEvent, Snapshot } from './snapshot.ts';
import { scrubWitness } from './witness.ts';

/** The info value that holds addresses on purpose: those of the directory authorities. */
const AUTHORITIES = 'ns/authority';

/**
 * What a source says of itself, which a transcript or a control port may have made up. Its own
 * addresses stay, and the exit policy, which a relay publishes.
 */
export function scrubHeader(header: Header): Header {
  const { relay, observes, config } = header;
  const scrubbed = scrubJson({ ...header, relay: { ...relay }, observes: { ...observes } });
  const policy = config[EXIT_POLICY];
  const kept = policy === undefined ? {} : { [EXIT_POLICY]: keptPolicy(policy) };
  return { ...scrubbed, config: { ...scrubbed.config, ...ownValuesIn(config), ...kept } };
}

export function scrubGap(gap: Gap): Gap {
  return { ...gap, reason: scrubText(gap.reason), extra: scrubJson(gap.extra) };
}

/**
 * The same object where there was nothing to take out.
 * @param keepsLocal whether an address of the operator's own network is kept, as `keepsLocalOf` says.
 */
export function scrubSnapshot(snapshot: Snapshot, keepsLocal: boolean): Snapshot {
  const { info, events, extra } = snapshot;
  if (info.size === 0 && events.length === 0 && Object.keys(extra).length === 0) return snapshot;
  return {
    ...snapshot,
    info: new Map([...info].map(scrubInfo)),
    events: events.map(scrubEvent),
    extra: scrubExtra(extra, keepsLocal),
  };
}

function scrubInfo([key, value]: readonly [string, string]): [string, string] {
  return key === AUTHORITIES ? [key, value] : [scrubText(key), scrubText(value)];
}

/** `or_id` and `type_flags` become columns of a report: they are what they should be, or nothing. */
function scrubEvent(event: LifeEvent): LifeEvent {
  const { or_id: orId, type_flags: flags, ...others } = event.extra;
  const extra: JsonObject = {
    ...(typeof orId === 'string' && isOrId(orId) ? { or_id: orId } : {}),
    ...(typeof flags === 'string' && areFlags(flags) ? { type_flags: flags } : {}),
    ...scrubJson(others),
  };
  return { ...event, reason: scrubText(event.reason), extra };
}

/** `witness` holds addresses on purpose, relays' and the operator's own. */
function scrubExtra(extra: JsonObject, keepsLocal: boolean): JsonObject {
  const { witness } = extra;
  const scrubbed = scrubJson(extra);
  return witness === undefined
    ? scrubbed
    : { ...scrubbed, witness: scrubWitness(witness, keepsLocal) };
}
