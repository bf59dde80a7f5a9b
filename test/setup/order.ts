/**
 * In which order the test files begin: those that last longest first, so that no worker is left with
 * one of them when the others have nothing more to do.
 * Owns their list; vitest by itself begins with the largest file, which does for the rest.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Each waits for a network of its own, and then for what it stages; the longest first. */
const SLOWEST = ['staged', 'answer', 'incidents', 'record', 'serve'].map(
  (name) => `/test/tor/${name}.test.ts`,
);

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = SLOWEST.findIndex((end) => moduleId.endsWith(end));
      return place === -1 ? SLOWEST.length : place;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}
