/**
 * Every rule of the audit, in the order of docs/reference.md.
 * Owns the list, and the thresholds that can be set by name.
 */
import { asymmetricCircuit } from './asymmetricCircuit.ts';
import { bandwidthHog } from './bandwidthHog.ts';
import { beacon } from './beacon.ts';
import { connectionCycling } from './connectionCycling.ts';
import { descriptorExhaustion } from './descriptorExhaustion.ts';
import { localNetworkConnection } from './localNetworkConnection.ts';
import { manyConnections } from './manyConnections.ts';
import { manyConnectionsFromOneAddress } from './manyConnectionsFromOneAddress.ts';
import { nonRelayOutbound } from './nonRelayOutbound.ts';
import { overload } from './overload.ts';
import { recorderGap } from './recorderGap.ts';
import type { Rule, Threshold } from './rule.ts';
import { unestablishedCircuit } from './unestablishedCircuit.ts';
import { witnessMismatch } from './witnessMismatch.ts';

export const RULES: readonly Rule[] = [
  unestablishedCircuit,
  asymmetricCircuit,
  localNetworkConnection,
  manyConnections,
  manyConnectionsFromOneAddress,
  bandwidthHog,
  nonRelayOutbound,
  connectionCycling,
  beacon,
  witnessMismatch,
  descriptorExhaustion,
  overload,
  recorderGap,
];

/** Every threshold there is, by `RULE.NAME`. */
export const THRESHOLDS: ReadonlyMap<string, Threshold> = new Map(
  RULES.flatMap(({ name, thresholds }) =>
    Object.entries(thresholds).map(([each, threshold]) => [`${name}.${each}`, threshold] as const),
  ),
);
