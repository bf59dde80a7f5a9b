/**
 * Which conntape this is.
 * Owns reading it from package.json, the one place where it stands.
 */
import { readFileSync } from 'node:fs';

/** `dist/cli` and `src/cli` lie equally deep, so both find the package's folder. */
const PACKAGE = new URL('../../package.json', import.meta.url);

export const VERSION = (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version;

export const PROGRAM = `conntape ${VERSION}`;
