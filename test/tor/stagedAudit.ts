/**
 * What the audit must say of what was staged, what it may say, and what is untrue of it.
 * Owns the list; the acts are staging.ts's.
 */
import { execFileSync } from 'node:child_process';
import { CROWD, STRANGERS, type Staged, type StagedTape } from './staging.ts';

interface Said {
  readonly rule: string;
  readonly severity: string;
  readonly subject: string;
  readonly value: number | null;
  readonly explanation: string;
}

interface Verdict {
  /** By rule: at least so much must have been measured. */
  readonly must: Readonly<Record<string, number>>;
  /** What is true wherever it is said. */
  readonly may: readonly string[];
}

/** A machine that is busy leaves gaps, and the recording says so. */
const ALWAYS = ['recorder-gap'];

const VERDICTS: Readonly<Record<StagedTape['of'], Verdict>> = {
  public: {
    // The start anew.
    must: { 'many-connections-from-one-address': STRANGERS, 'recorder-gap': 0 },
    // The service's backend, which is fetched from again and again.
    may: [...ALWAYS, 'beacon'],
  },
  exit: { must: { 'many-connections-one-address': CROWD }, may: ALWAYS },
  // Whichever relays the client goes by: the download may be over this one.
  testing: { must: {}, may: [...ALWAYS, 'bandwidth-hog', 'unestablished-circuit'] },
};

/** What the audit says of a recording. */
function saidOf({ path }: StagedTape): Said[] {
  const json = execFileSync(
    process.execPath,
    ['dist/main.js', 'report', 'findings', path, '--format', 'json'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 28 },
  );
  const all = JSON.parse(json) as Said[];
  return all.filter(({ severity }) => severity !== 'not found' && severity !== 'not observable');
}

/** What is missing and what is untrue in the audits of what was staged; nothing where all is well. */
export function faultsIn({ tapes, failed }: Staged): string[] {
  const faults = failed.map((act) => `did not come off: ${act}`);
  for (const tape of tapes) {
    const said = saidOf(tape);
    const { must, may } = VERDICTS[tape.of];
    for (const [rule, least] of Object.entries(must)) {
      const isFound = said.some((each) => each.rule === rule && Number(each.value) >= least);
      if (!isFound) faults.push(`${tape.of}: ${rule} is not found, ${least} or more`);
    }
    for (const { rule, severity, subject, explanation } of said) {
      if (rule in must || may.includes(rule)) continue;
      faults.push(`${tape.of}: ${severity} ${rule} of ${subject}: ${explanation}`);
    }
  }
  return faults;
}
