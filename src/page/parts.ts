/**
 * What a page draws: the parts that a recording is made into, as JSON.
 * Owns their shapes, which the program that makes them and the browser that draws them share; it knows
 * neither.
 *
 * Times are milliseconds since the epoch, UTC. `null` is what cannot be known, never 0. Columns of one
 * object have the same length, an element a row.
 */

/** A stretch of time, both ends included. */
export interface PageSpan {
  readonly from: number;
  readonly to: number;
}

/** How a column of a report is to be read: as output/table.ts has it. */
export interface PageColumn {
  readonly name: string;
  readonly kind: 'text' | 'integer' | 'decimal' | 'seconds' | 'time' | 'boolean';
}

/** What the page is of. The first part that is read. */
export interface Head {
  /** One file with its data in it, or a recording that is asked for each window. */
  readonly form: 'file' | 'view';
  /** The version of conntape that made it. */
  readonly version: string;
  /** The recording's file name, and its path as a shell takes it, for commands. */
  readonly name: string;
  readonly path: string;
  readonly relay: {
    readonly fingerprint: string;
    readonly nickname: string;
    readonly torVersion: string;
  };
  /** `native`, `stock`, or another name that a transcript gave. */
  readonly source: string;
  /** From the recording's first snapshot to its last. */
  readonly extent: PageSpan;
  /** What of it the page shows: all of a view, what was asked for of a file. */
  readonly window: PageSpan;
  /** Between two polls, milliseconds, as of the last session. */
  readonly intervalMs: number;
  /** How many snapshots `window` holds. */
  readonly snapshots: number;
  /** Times in which nothing was recorded, in order. */
  readonly gaps: readonly (PageSpan & { readonly reason: string })[];
  /** When Tor began anew: each run of the window but the first, from its first snapshot. */
  readonly restarts: readonly { readonly run: number; readonly at: number }[];
  /** Why circuits that others build through this relay are not seen; null where they are. */
  readonly circuitsUnseen: string | null;
  /** The columns of every report, by its name. */
  readonly reports: Readonly<Record<string, readonly PageColumn[]>>;
  /** The link of the last item of the tape, which proves all of it. */
  readonly chainHead: string;
  /** What of the window a file does not hold, a sentence each. */
  readonly leftOut: readonly string[];
}

/**
 * DrawnStretches of time in a row, each from behind one snapshot to another, one or more polls long: what
 * a poll saw belongs to the stretch that ends with it. Between two of them there may be time that
 * nothing is known of.
 */
export interface DrawnStretches {
  readonly since: readonly number[];
  readonly at: readonly number[];
}

/** What every poll of a window came to, or so many together as make `bins` stretches. */
export interface PollsPart extends DrawnStretches {
  /** Connections open: the least and the most of the snapshots. */
  readonly openLeast: readonly number[];
  readonly openMost: readonly number[];
  /** Connections that came, and that were gone, as the polls saw it. Null for the first snapshot. */
  readonly opened: readonly (number | null)[];
  readonly closed: readonly (number | null)[];
  /** Bytes of all connections, each once. Null across a gap, and for the first snapshot. */
  readonly read: readonly (number | null)[];
  readonly written: readonly (number | null)[];
}

/** How a part came about. */
export interface Made {
  /** Whether its numbers are those of the reports; else rollups stand in for them until those are asked for. */
  readonly exact: boolean;
  /** What it is drawn from, where that is not every snapshot of the window, or what it lacks. */
  readonly note: string | null;
}

/**
 * A lane is a circuit, or where those of others are not seen, a connection; in the order of birth.
 */
export interface Lanes {
  readonly run: readonly number[];
  /** CIRC_ID, or CONN_ID. */
  readonly id: readonly number[];
  readonly openedAt: readonly number[];
  /** First and last snapshot of the window that held it. */
  readonly firstSeen: readonly number[];
  readonly lastSeen: readonly number[];
  /** The first snapshot without it; null where the window's last one holds it. */
  readonly closedBy: readonly (number | null)[];
  /** What a circuit was in most snapshots; of a connection its TYPE_FLAGS when last seen. */
  readonly shape: readonly string[];
  /** How many connections of it lead in and out, the most at once; of a connection 1 and 0, or 0 and 1. */
  readonly inbound: readonly number[];
  readonly outbound: readonly number[];
  /** Moved in the window, gaps left out; null where it cannot be told from that of others. */
  readonly read: readonly (number | null)[];
  readonly written: readonly (number | null)[];
}

/** How one-sided lanes were, stretch by stretch. */
export interface LanesPart extends DrawnStretches, Made {
  readonly subject: 'circuit' | 'connection';
  /** How many lanes there are, whether or not all are listed. */
  readonly total: number;
  /** Of all lanes, in order of birth; of a raster the most lopsided alone, those first. */
  readonly lanes: Lanes;
  /**
   * A level a stretch: levels.ts has what they mean. For each lane from which stretch on, for how many,
   * and one after another the levels, Int8 as base64. Null where `raster` takes their place.
   */
  readonly cells: {
    readonly first: readonly number[];
    readonly count: readonly number[];
    readonly levels: string;
  } | null;
  /**
   * Where there are more lanes than are listed: `rows` rows of one level a stretch, Int8 as base64, row
   * by row, the strongest of its lanes, `ABSENT` where it has none.
   */
  readonly raster: { readonly rows: number; readonly levels: string } | null;
}

/** How the bytes of circuits were balanced: how many of each stretch were in which band of pcr. */
export interface BalancePart extends DrawnStretches, Made {
  /** 41 counts a stretch, from −1 (all in) to 1 (all out), stretch by stretch. */
  readonly bands: readonly number[];
}

/** How many lives there are by birth and length, where they are too many to be told one by one. */
export interface LivesPart extends Made {
  /** How many entries the window saw. */
  readonly total: number;
  /** Whether `connections` of the reports can be asked for, or are held, row by row. */
  readonly listed: boolean;
  /** Otherwise counts, `lengths` a stretch of births, from the shortest; as base64 of Uint16, at most 65,535. */
  readonly density:
    | (DrawnStretches & {
        readonly lengths: readonly number[];
        readonly counts: string;
      })
    | null;
}

/** A share that lives on, by age: steps that fall, from 1. */
export interface Curve {
  /** Milliseconds, ascending. */
  readonly age: readonly number[];
  readonly share: readonly number[];
  /** From this age on fewer than ten were at risk, and it says nothing; null where there is none. */
  readonly fewFrom: number | null;
}

export interface SurvivalPart extends Made {
  /** By group as in the report of lifetimes, those that are not empty. */
  readonly groups: readonly {
    readonly subject: 'connection' | 'circuit';
    readonly group: string;
    readonly count: number;
    /** Only what lived longer is in the curves, milliseconds. */
    readonly fromAge: number;
    /** Each death as at the last sight of it, and as at the first snapshot without it. */
    readonly least: Curve;
    readonly greatest: Curve;
  }[];
}

/** Peers in the order of bytes, with when their connections opened. */
export interface Ranking {
  /** An address, a fingerprint, or `0` for all that are withheld. */
  readonly peer: readonly string[];
  readonly orId: readonly string[];
  readonly connections: readonly number[];
  readonly mostAtOnce: readonly (number | null)[];
  readonly read: readonly (number | null)[];
  readonly written: readonly (number | null)[];
  /** `beacon_score` of destinations; null where there are too few openings. */
  readonly regularity: readonly (number | null)[];
  /** When connections of each opened; of several within a pixel or so, the first. */
  readonly openings: readonly (readonly number[])[];
  /** How many there are in the window; those past the last listed are left out. */
  readonly total: number;
}

export interface RankingsPart extends Made {
  readonly destinations: Ranking;
  readonly peers: Ranking;
}

/** A quantity over time. */
export interface DrawnSeries {
  readonly name: string;
  readonly unit: string;
  readonly at: readonly number[];
  readonly value: readonly (number | null)[];
  /** A line that it should stay below, such as the limit of descriptors. */
  readonly limit: number | null;
}

export interface LoadPart extends Made {
  readonly series: readonly DrawnSeries[];
  /** What was not observable, a sentence each. */
  readonly unseen: readonly string[];
}

export type PageSeverity = 'info' | 'notice' | 'warning' | 'critical';

/** What the audit says of a rule: four things that must never look alike. */
export type PageVerdict =
  | 'found'
  | 'not found'
  | 'not found in what could be seen'
  | 'not observable';

export interface PageRule {
  readonly name: string;
  readonly verdict: PageVerdict;
  /** What it could not see, phrases. */
  readonly unseen: readonly string[];
  /** What it fires at, and what harmless thing looks the same. */
  readonly explanation: string;
  readonly harmless: string;
  /** Its findings by severity, all of them. */
  readonly counts: Readonly<Record<PageSeverity, number>>;
  /** When they were, those of a severity together where they touch or nearly do: a few hundred at most. */
  readonly times: Readonly<Record<PageSeverity, DrawnStretches>>;
}

export interface PageFinding extends PageSpan {
  readonly rule: string;
  readonly severity: PageSeverity;
  readonly subject: string;
  readonly value: number | null;
  readonly threshold: number;
  /** `17` or `17..23`. */
  readonly snapshots: string;
  readonly explanation: string;
  /** Shows its evidence in a terminal. */
  readonly command: string;
  /** What it is about, if that is one of them. */
  readonly connId: number | null;
  readonly circId: number | null;
}

export interface FindingsPart {
  /** Null while the audit is at work; then how far it is, from 0 to 1. */
  readonly rules: readonly PageRule[] | null;
  readonly progress: number;
  /** Worst first; those past a bound are left out, the counts of the rules have all. */
  readonly findings: readonly PageFinding[];
}

/** What `conn/all` said at a moment: the snapshot at or before it. A row a line. */
export interface MomentPart {
  /** The snapshot's time, and the one before and behind it. */
  readonly at: number;
  readonly before: number | null;
  readonly behind: number | null;
  /** The gap that the moment lies in. */
  readonly gap: (PageSpan & { readonly reason: string }) | null;
  readonly connId: readonly number[];
  readonly circId: readonly number[];
  readonly orId: readonly string[];
  readonly ip: readonly string[];
  readonly port: readonly number[];
  readonly lPort: readonly number[];
  readonly flags: readonly string[];
  /** Counters, null in a file, which does not hold them. */
  readonly read: readonly (number | null)[];
  readonly written: readonly (number | null)[];
  /** Seconds. */
  readonly uptime: readonly (number | null)[];
  /** Since the snapshot before: 1 for what opened, 2 for what moved, 0 for neither. */
  readonly change: readonly (0 | 1 | 2)[];
  /** What the snapshot before held and this one does not. */
  readonly closed: readonly {
    readonly connId: number;
    readonly circId: number;
    readonly ip: string;
    readonly flags: string;
  }[];
  /** How many lines there are; those past a bound are left out. */
  readonly total: number;
}

/** The parts that are asked for by window. */
export interface Parts {
  readonly polls: PollsPart;
  readonly lanes: LanesPart;
  readonly balance: BalancePart;
  readonly lives: LivesPart;
  readonly survival: SurvivalPart;
  readonly rankings: RankingsPart;
  readonly load: LoadPart;
  readonly findings: FindingsPart;
}

export type PartName = keyof Parts;

/** What a file holds: every part once, of its window, and by name the reports' CSV as it is printed. */
export interface Embedded {
  readonly head: Head;
  readonly parts: Parts;
  readonly csv: Readonly<Record<string, string>>;
}
