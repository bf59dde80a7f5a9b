/**
 * Which source stands behind a control port: `--source`.
 * Owns the choice; what each source does is sources/'s.
 */
import type { ConnectOptions } from '../control/client.ts';
import { type MetricsOptions, metered } from '../sources/metrics/metered.ts';
import { nativeOver, openNative } from '../sources/native.ts';
import { connected, type OpenPolled } from '../sources/polledConnection.ts';
import { stockOpener, stockOver } from '../sources/stock/stock.ts';
import { type WitnessOptions, witnessed } from '../sources/witness.ts';

export const SOURCES = ['auto', 'native', 'stock'] as const;

export type SourceName = (typeof SOURCES)[number];

export interface OpenerOptions {
  readonly source: SourceName;
  readonly connect: ConnectOptions;
  readonly intervalMs: number;
  /** How often a stock Tor is asked for SIGNAL DUMP, milliseconds. */
  readonly dump: number | 'off';
  /** The same of SIGNAL HEARTBEAT; absent is off. */
  readonly heartbeat?: number | 'off';
  /** Whether a stock Tor's lines say how their sockets fare; absent is not. */
  readonly socketDetails?: boolean;
  /** Who looks at the system's sockets beside; undefined for nobody. */
  readonly witness?: WitnessOptions | undefined;
  /** Where the MetricsPort is read; undefined where it is of no interest. */
  readonly metrics?: MetricsOptions | undefined;
}

/** Opens the source that was asked for, beside its witness and its MetricsPort where they were. */
export function openerOf(options: OpenerOptions): OpenPolled {
  const { witness, metrics } = options;
  const watched = witness === undefined ? sourceOf(options) : witnessed(sourceOf(options), witness);
  return metrics === undefined ? watched : metered(watched, metrics);
}

/** `auto` is native where info/names lists `conn/all`. */
function sourceOf(options: OpenerOptions): OpenPolled {
  const { connect, intervalMs, dump, heartbeat = 'off', socketDetails = false } = options;
  const asked = { dumpEveryMs: dump, heartbeatEveryMs: heartbeat, socketDetails };
  const stock = { connect, intervalMs, ...asked };
  switch (options.source) {
    case 'native':
      return (signal) => openNative({ ...connect, signal }, intervalMs);
    case 'stock':
      return stockOpener(stock);
    case 'auto': {
      const asStock = stockOver(stock);
      return (signal, now) => {
        const over = { ...connect, ...(now === undefined ? {} : { now }), signal };
        return connected(
          over,
          async (client) =>
            (await nativeOver(client, over, intervalMs)) ?? (await asStock(client, over)),
        );
      };
    }
  }
}
