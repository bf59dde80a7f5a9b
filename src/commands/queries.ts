/**
 * `conntape queries`: the SQL of the reports that are SQL.
 * Owns the list of them as it is printed; the files are queries/'s.
 */
import { Argument, type Command } from 'commander';
import type { Io } from '../cli/io.ts';
import { fitted, lineWidth } from '../cli/wrapped.ts';
import { writeText } from '../output/write.ts';
import { QUERY_NAMES, queryText } from '../recording/index/query.ts';

export function addQueriesCommand(program: Command, io: Io): void {
  program
    .command('queries')
    .summary('the SQL of reports, for a plain sqlite3 shell')
    .description(
      'Prints a query for a plain sqlite3 shell; without a name, which there are and what each asks.',
    )
    .addArgument(new Argument('[name]', 'which query').choices(QUERY_NAMES))
    .addHelpText(
      'after',
      `
Examples:
  $ conntape queries
  $ conntape queries churn | sqlite3 -header relay.tape`,
    )
    .action((name: string | undefined) =>
      writeText(
        name === undefined ? [fitted(list(), lineWidth(io.stdout))] : [queryText(name)],
        io.stdout,
      ),
    );
}

/** A line a query: its name, and the question that it begins with. */
function list(): string {
  const width = Math.max(...QUERY_NAMES.map((name) => name.length));
  const lines = QUERY_NAMES.map((name) => {
    const [question = ''] = queryText(name).split('\n');
    return `${name.padEnd(width)}  ${question.replace(/^-- /, '')}\n`;
  });
  return lines.join('');
}
