/**
 * Which lines of `conn/all` somebody asks about.
 * Owns what it is to match; the options of a command line are cli/selecting.ts's.
 */
import { directionOf } from './flags.ts';
import type { LabelFields } from './label.ts';

/** A line matches where it is all of what is given. */
export interface Selection {
  /** CONN_ID. */
  readonly connection?: number;
  /** CIRC_ID. */
  readonly circuit?: number;
  /** OR_ID: 40 hex digits, upper case. */
  readonly relay?: string;
  /** IP, as recorded. A line whose address is withheld matches none. */
  readonly address?: string;
  /**
   * The port that was connected to: L_PORT of an inbound line, PORT of any other. A line whose port is
   * withheld matches none.
   */
  readonly port?: number;
  /** Letters that TYPE_FLAGS all has. */
  readonly flags?: string;
}

/** Whether nothing is asked of a line, so that every one matches. */
export function isEverything(selection: Selection): boolean {
  return Object.keys(selection).length === 0;
}

/** As the options say it: `--port 9001 --flags I`. */
export function selectionText(selection: Selection): string {
  return Object.entries(selection)
    .map(([name, value]) => `--${name} ${value}`)
    .join(' ');
}

/** Whether a line is one of those that are asked about. */
export function isSelected(line: LabelFields, selection: Selection): boolean {
  const { connection, circuit, relay, address, port, flags } = selection;
  if (connection !== undefined && line.connId !== connection) return false;
  if (circuit !== undefined && line.circId !== circuit) return false;
  if (relay !== undefined && line.orId.toUpperCase() !== relay) return false;
  if (address !== undefined && line.ip !== address) return false;
  if (port !== undefined && connectedTo(line) !== port) return false;
  return flags === undefined || [...flags].every((letter) => line.flags.includes(letter));
}

function connectedTo({ flags, lPort, port }: LabelFields): number {
  return directionOf(flags) === 'inbound' ? lPort : port;
}
