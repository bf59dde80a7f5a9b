/**
 * `conntape fleet`: one question to the recordings of many relays.
 * Owns its subcommands' options; what they say is fleetAudit.ts's and fleetAnswer.ts's.
 */
import { type Command, Option } from 'commander';
import { addComplaintOptions, type ComplaintOptions } from '../cli/complaintOptions.ts';
import type { Io } from '../cli/io.ts';
import { addReportingOptions } from '../cli/reporting.ts';
import { addWindowOptions } from '../cli/window.ts';
import { failOnOption } from './audit.ts';
import { answerFleet } from './fleetAnswer.ts';
import { auditSideBySide, FLEET_AUDIT_FORMATS, type FleetAuditOptions } from './fleetAudit.ts';

const WHICH =
  'DIR is a folder, those in it included, or a recording. In a folder a recording is a file that begins as one, or that is called NAME.tape; names that begin with a dot are passed over. One that cannot answer is named, with the reason, and the exit code is 1, or 4 where it is damaged.';

const TIMES =
  'Times are the same for all: -1h is before the last snapshot of any, +1h after the first of any.';

/** Where neither of its commands is named. */
const MISSING = 'error: missing command: audit or answer\n';

export function addFleetCommand(program: Command, io: Io, end: (code: number) => void): void {
  const fleet = program
    .command('fleet')
    .summary('one question to the recordings of many relays')
    .description(
      'The audit, or the answer to a complaint, over many recordings, read one after another: was it any of our relays?',
    )
    .showHelpAfterError('(`conntape fleet --help` and `conntape fleet COMMAND --help` say more)')
    .addHelpText('before', ({ error }) => (error ? MISSING : ''))
    .addHelpText(
      'after',
      `
Examples:
  $ conntape fleet audit tapes --from -1d
  $ conntape fleet answer tapes --at 03:44 --destination 198.51.100.7:443`,
    );
  addFleetAudit(fleet, io, end);
  addFleetAnswer(fleet, io, end);
}

function addFleetAudit(fleet: Command, io: Io, end: (code: number) => void): void {
  const command = fleet
    .command('audit')
    .summary('what looks wrong in any of them, and in which')
    .description(
      `What conntape audit says of each recording, together: how each stands, then what was found, worst first, the same of several relays together, then which could not answer, or only in part.\n${WHICH} ${TIMES}`,
    )
    .argument('<dir...>', 'folders of recordings, or recordings');
  addReportingOptions(addWindowOptions(command))
    .addOption(failOnOption())
    .addOption(
      new Option('--format <format>', 'text for people, or a row a finding')
        .choices(FLEET_AUDIT_FORMATS)
        .default('text'),
    )
    .addHelpText(
      'after',
      `
Thresholds: conntape audit --help
--metrics-file is conntape audit's alone: each recording has a file of its own.

Examples:
  $ conntape fleet audit tapes --from -1d --fail-on warning
  $ conntape fleet audit tapes guard.tape --from "1d ago" --format csv > findings.csv`,
    )
    .action((paths: string[], options: FleetAuditOptions) =>
      auditSideBySide(paths, options, io, end),
    );
}

function addFleetAnswer(fleet: Command, io: Io, end: (code: number) => void): void {
  const command = fleet
    .command('answer')
    .summary('what they say of a complaint: was it any of them?')
    .description(
      `What conntape answer says of each recording, question by question: which saw it, which did not and would have, which cannot say, and of which time nothing was recorded. Then what it rests on, with the command that goes on. What is asked is stored nowhere.\n${WHICH} ${TIMES}`,
    )
    .argument('<dir...>', 'folders of recordings, or recordings');
  addComplaintOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ conntape fleet answer tapes --at 03:44 --destination 198.51.100.7:443
  $ conntape fleet answer tapes --at 03:44 --source 192.0.2.1 --format json`,
    )
    .action((paths: string[], options: ComplaintOptions) => answerFleet(paths, options, io, end));
}
