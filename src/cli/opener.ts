/**
 * Which source stands behind a control port: `--source`.
 * Owns the choice; what each source does is sources/'s.
 */
import { type ConnectOptions, ControlClient } from '../control/client.ts';
import { CONN_ALL, namesIn, openNative } from '../sources/native.ts';
import type { OpenPolled } from '../sources/polledConnection.ts';
import { stockOpener } from '../sources/stock/stock.ts';
import { type WitnessOptions, witnessed } from '../sources/witness.ts';

export const SOURCES = ['auto', 'native', 'stock'] as const;

export type SourceName = (typeof SOURCES)[number];

export interface OpenerOptions {
  readonly source: SourceName;
  readonly connect: ConnectOptions;
  readonly intervalMs: number;
  /** How often a stock Tor is asked for SIGNAL DUMP, milliseconds. */
  readonly dump: number | 'off';
  /** Who looks at the system's sockets beside; undefined for nobody. */
  readonly witness?: WitnessOptions | undefined;
}

/** Opens the source that was asked for, beside its witness where one was. */
export function openerOf(options: OpenerOptions): OpenPolled {
  const { witness } = options;
  return witness === undefined ? sourceOf(options) : witnessed(sourceOf(options), witness);
}

/** `auto` is native where info/names lists `conn/all`. */
function sourceOf(options: OpenerOptions): OpenPolled {
  const { connect, intervalMs, dump } = options;
  const openNatively: OpenPolled = (signal) => openNative({ ...connect, signal }, intervalMs);
  const openStock = stockOpener({ connect, intervalMs, dumpEveryMs: dump });
  switch (options.source) {
    case 'native':
      return openNatively;
    case 'stock':
      return openStock;
    case 'auto':
      return async (signal, now) => {
        const isNative = await hasConnAll({ ...connect, signal });
        return isNative ? openNatively(signal, now) : openStock(signal, now);
      };
  }
}

/** Whether the Tor there has `conn/all`. */
async function hasConnAll(connect: ConnectOptions): Promise<boolean> {
  const client = await ControlClient.connect(connect);
  try {
    return namesIn((await client.tryGetInfo('info/names')) ?? '').has(CONN_ALL);
  } finally {
    await client.close();
  }
}
