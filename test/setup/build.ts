/**
 * Compiles src into dist before the tests, and the page's script with it: some of them start processes
 * that run it, or open it in a browser.
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
  const page = spawnSync('npm', ['run', '--silent', 'build:page'], { encoding: 'utf8' });
  if (page.status !== 0) throw new Error(`the page is not built:\n${page.stdout}${page.stderr}`);
}
