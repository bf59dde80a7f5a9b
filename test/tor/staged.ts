/**
 * `npm run staged`: everything staged on a private network, what the audit says of it, and what of that
 * is missing or untrue. Needs root and Tor. Ends with 1 where anything is.
 * Owns the command line; the acts are staging.ts's, what must be found stagedAudit.ts's.
 *
 *     npm run staged -- [--minutes 30] [--folder build/staged]
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openOwnLoopback } from './loopback.ts';
import { faultsIn } from './stagedAudit.ts';
import { stage } from './staging.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    folder: { type: 'string', default: 'build/staged' },
  },
});
const say = (line: string) => process.stderr.write(`${new Date().toISOString()} ${line}\n`);
const staged = await stage(await openOwnLoopback(), values.folder, Number(values.minutes), say);
writeFileSync(join(values.folder, 'acts.json'), JSON.stringify(staged, null, 1));
for (const { of, path } of staged.tapes) {
  const said = execFileSync(process.execPath, ['dist/main.js', 'audit', path], {
    encoding: 'utf8',
  });
  process.stdout.write(`\n== ${of}\n${said}`);
}
const faults = faultsIn(staged);
for (const fault of faults) process.stdout.write(`FAULT ${fault}\n`);
process.exitCode = faults.length > 0 ? 1 : 0;
