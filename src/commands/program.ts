/**
 * The whole command line: every command, its errors, its exit code.
 * Owns what a user sees when something goes wrong; process.ts alone ends the process.
 */
import { Command, CommanderError } from 'commander';
import { EXIT, exitCodeOf } from '../cli/exit.ts';
import { Interruption, type Io, tell, tellMore } from '../cli/io.ts';
import { spareFromStdout } from '../cli/sparing.ts';
import { VERSION } from '../cli/version.ts';
import { fitted, lineWidth } from '../cli/wrapped.ts';
import { ConntapeError, messageOf } from '../error.ts';
import { writeText } from '../output/write.ts';
import { addAnswerCommand } from './answer.ts';
import { addAuditCommand } from './audit.ts';
import { addCompareCommand } from './compare.ts';
import { addCompletionCommand } from './completion.ts';
import { addCutCommand } from './cut.ts';
import { addDemoCommand } from './demo.ts';
import { addExportCommand } from './export.ts';
import { addFleetCommand } from './fleet.ts';
import { addImportCommand } from './import.ts';
import { addInfoCommand } from './info.ts';
import { addManCommand } from './man.ts';
import { addPruneCommand } from './prune.ts';
import { addQueriesCommand } from './queries.ts';
import { addRecordCommand } from './record.ts';
import { addReplayCommand } from './replay.ts';
import { addReportCommand } from './report.ts';
import { addServeCommand } from './serve.ts';
import { addVerifyCommand } from './verify.ts';
import { addViewCommand } from './view.ts';

const COMMANDS = [
  addRecordCommand,
  addImportCommand,
  addInfoCommand,
  addReplayCommand,
  addServeCommand,
  addReportCommand,
  addExportCommand,
  addCompareCommand,
  addAuditCommand,
  addAnswerCommand,
  addFleetCommand,
  addViewCommand,
  addVerifyCommand,
  addCutCommand,
  addPruneCommand,
  addDemoCommand,
  addQueriesCommand,
  addCompletionCommand,
  addManCommand,
];

/**
 * Runs one command line.
 * @param args without the program's name.
 * @returns the exit code (docs/reference.md, Exit codes). Never throws.
 */
export async function runConntape(args: readonly string[], io: Io): Promise<number> {
  let exitCode: number = EXIT.success;
  const asked: string[] = [];
  const program = newProgram(io, asked);
  const end = (code: number) => {
    exitCode = code;
  };
  for (const addCommand of COMMANDS) addCommand(program, io, end);
  program.hook('preAction', (_, command) => {
    const index = command.registeredArguments.findIndex((one) => one.name() === 'recording');
    const path: string | undefined = command.processedArgs[index];
    if (path !== undefined) spareFromStdout(path, io);
  });
  try {
    await program.parseAsync([...args], { from: 'user' }).catch(orHelp);
    await writeText(asked, io.stdout);
    return exitCode;
  } catch (thrown) {
    // Commander has said what is wrong.
    if (thrown instanceof CommanderError) return EXIT.usage;
    // Whoever sent the signal knows.
    if (!(thrown instanceof Interruption)) tellError(thrown, io);
    return exitCodeOf(thrown);
  }
}

/** Throws what parsing threw, but where that is the help, or the version, that was asked for. */
function orHelp(thrown: unknown): void {
  if (!(thrown instanceof CommanderError) || thrown.exitCode !== 0) throw thrown;
}

/** Where no terminal is narrower: what is longer nobody reads along. */
const WIDEST_HELP = 80;

/** @param asked takes the help, or the version, that was asked for. */
function newProgram(io: Io, asked: string[]): Command {
  return new Command('conntape')
    .description('A tape recorder for the connections of a Tor relay.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(`conntape --help` and `conntape COMMAND --help` say more)')
    .configureOutput({
      writeOut: (text) => asked.push(fitted(text, lineWidth(io.stdout))),
      writeErr: (text) => io.stderr.write(fitted(text, lineWidth(io.stderr))),
      getOutHelpWidth: () => Math.min(lineWidth(io.stdout), WIDEST_HELP),
      getErrHelpWidth: () => Math.min(lineWidth(io.stderr), WIDEST_HELP),
    })
    .addHelpText(
      'after',
      `
Examples:
  $ conntape demo                                    see what it does, without a Tor
  $ conntape record relay.tape                       record the Tor at 127.0.0.1:9051
  $ conntape report churn relay.tape --from -1h      what came and went in its last hour
  $ conntape replay relay.tape --at 03:44            what conn/all said at 03:44`,
    );
}

function tellError(thrown: unknown, io: Io): void {
  tell(io, messageOf(thrown), 'error');
  const hint = thrown instanceof ConntapeError ? thrown.hint : undefined;
  if (hint !== undefined) tellMore(io, hint, 'error');
}
