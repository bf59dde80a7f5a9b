/**
 * Compiles src into dist before the tests: some of them start processes that run it.
 * Owns nothing else; types are judged by `npm run types`.
 */
import { spawnSync } from 'node:child_process';

/** What tsc says where it has written its output in spite of errors. */
const WRITTEN_WITH_ERRORS = 2;

export function setup(): void {
  const { status, stdout } = spawnSync('npx', ['tsc', '-p', 'tsconfig.build.json'], {
    encoding: 'utf8',
  });
  if (status !== 0 && status !== WRITTEN_WITH_ERRORS)
    throw new Error(`src does not compile:\n${stdout}`);
}
