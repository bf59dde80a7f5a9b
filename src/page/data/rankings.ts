/**
 * The greatest destinations and peers of a window, with when their connections opened.
 * Owns which are shown; the rows are those of the reports.
 */
import type { Row } from '../../output/table.ts';
import { destinations } from '../../reports/destinations.ts';
import { peers } from '../../reports/peers.ts';
import type { Report } from '../../reports/report.ts';
import { tablesOf } from '../../reports/tables.ts';
import type { Ranking, RankingsPart } from '../parts.ts';
import type { PartInput } from './input.ts';
import { Openings } from './openings.ts';
import { questionIn } from './question.ts';

/** Of each order: by bytes, by connections, by how regular the openings are. */
const SHOWN = 20;

export function rankingsPart(input: PartInput): RankingsPart {
  const openings = new Openings(input.window);
  const reports = [destinations, peers];
  const [to, from] = tablesOf(reports, questionIn(input), input.onSnapshot, [openings]);
  return rankingsOf([...to!.rows], [...from!.rows], openings);
}

/** @param to, from rows of the reports of destinations and peers, as they print them. */
export function rankingsOf(to: readonly Row[], from: readonly Row[], seen: Openings): RankingsPart {
  const note = seen.areCoarse
    ? 'Of very many openings one a 2,000th of the window is drawn: a narrower window has each.'
    : null;
  return {
    destinations: rankingOf(destinations, 'ip', 'beacon_score', to, (ip) => seen.to(ip)),
    peers: rankingOf(peers, 'or_id', undefined, from, (orId) => seen.fromPeer(orId)),
    exact: true,
    note,
  };
}

function rankingOf(
  { columns }: Pick<Report, 'columns'>,
  key: string,
  regularity: string | undefined,
  rows: readonly Row[],
  openings: (peer: string) => readonly number[],
): Ranking {
  const place = (name: string) => columns.findIndex((column) => column.name === name);
  const number = (row: Row, name: string) => {
    const cell = row[place(name)];
    return cell === null || cell === undefined ? null : Number(cell);
  };
  const bytes = (row: Row) =>
    (number(row, 'read_bytes') ?? 0) + (number(row, 'written_bytes') ?? 0);
  const orders = [
    bytes,
    (row: Row) => number(row, 'connections') ?? 0,
    ...(regularity === undefined ? [] : [(row: Row) => number(row, regularity) ?? 0]),
  ];
  const shown = new Set(
    orders.flatMap((of) => rows.toSorted((a, b) => of(b) - of(a)).slice(0, SHOWN)),
  );
  const all = [...shown].sort((a, b) => bytes(b) - bytes(a));
  const peerOf = (row: Row) => String(row[place(key)]);
  return {
    peer: all.map(peerOf),
    orId: all.map((row) => String(row[place('or_id')] ?? '')),
    connections: all.map((row) => number(row, 'connections') ?? 0),
    mostAtOnce: all.map((row) => number(row, 'max_concurrent')),
    read: all.map((row) => number(row, 'read_bytes')),
    written: all.map((row) => number(row, 'written_bytes')),
    regularity: all.map((row) => (regularity === undefined ? null : number(row, regularity))),
    openings: all.map((row) => openings(peerOf(row))),
    total: rows.length,
  };
}
