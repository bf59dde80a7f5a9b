/**
 * `npm test`: all tests, those on a private Tor network apart.
 * Owns that a test file that fails there runs a second time, with a fresh network: Tor's own timing
 * fails one now and then, and that must keep nobody's work from landing. What passed only the second
 * time is said loudly. No other test runs twice.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const WITH_TOR = 'test/tor';

/**
 * So many private networks side by side, each with its own addresses: nearly all that their tests do is
 * wait. Four would be over no sooner, the longest file lasts so long.
 */
const NETWORKS = 3;

/** What of vitest's report in JSON is read here. */
const FAILED = 'failed';

function vitest(...args) {
  const { status } = spawnSync('npx', ['vitest', 'run', ...args], { stdio: 'inherit' });
  return status === 0;
}

/** The test files of `report` that failed, each with the names of the tests that did. */
function failuresIn(report) {
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  return testResults
    .filter(({ status }) => status === FAILED)
    .map(({ name, assertionResults }) => ({
      file: relative(process.cwd(), name),
      tests: assertionResults
        .filter(({ status }) => status === FAILED)
        .map(({ fullName }) => fullName),
    }));
}

function withTor(folder) {
  const report = join(folder, 'tor.json');
  const side = `--maxWorkers=${NETWORKS}`;
  const args = [side, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  if (vitest(WITH_TOR, ...args)) return true;
  const failures = failuresIn(report);
  if (failures.length === 0) return false;
  const names = failures.flatMap(({ file, tests }) =>
    (tests.length > 0 ? tests : ['before its tests']).map((test) => `  ${file}: ${test}`),
  );
  loudly(['FAILED THE FIRST TIME, with a real Tor; run a second time:', ...names]);
  const isWell = vitest(side, ...failures.map(({ file }) => file));
  const outcome = isWell ? 'PASSED ONLY THE SECOND TIME:' : 'FAILED TWICE, or others did:';
  loudly([outcome, ...names]);
  return isWell;
}

function loudly(lines) {
  const bar = '!'.repeat(78);
  console.error(['', bar, ...lines, bar, ''].join('\n'));
}

const folder = mkdtempSync(join(tmpdir(), 'conntape-test-'));
try {
  const areWell = [vitest('--exclude', `${WITH_TOR}/**`), withTor(folder)];
  process.exitCode = areWell.every(Boolean) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
