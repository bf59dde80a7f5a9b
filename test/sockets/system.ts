/**
 * What a test may take for the machine that it runs on.
 * Owns PATH and the platform, until the test ends.
 */
import { onTestFinished } from 'vitest';

/** Programs are looked for in this folder alone, until the test ends. */
export function onPath(folder: string): void {
  const before = process.env['PATH'];
  process.env['PATH'] = folder;
  onTestFinished(() => {
    process.env['PATH'] = before;
  });
}

/** The system is this one, as far as `process.platform` tells, until the test ends. */
export function onPlatform(platform: NodeJS.Platform): void {
  const { platform: before } = process;
  Object.defineProperty(process, 'platform', { value: platform });
  onTestFinished(() => {
    Object.defineProperty(process, 'platform', { value: before });
  });
}
