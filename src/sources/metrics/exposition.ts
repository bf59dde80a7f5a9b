/**
 * The text of a MetricsPort: Prometheus' text format, version 0.0.4, as info values.
 * Owns the reading of its lines and the keys they are kept under (docs/transcript.md, Metrics);
 * getting the text is http.ts's.
 *
 *     # TYPE tor_relay_connections gauge
 *     tor_relay_connections{type="OR",direction="received",state="opened",family="ipv4"} 5
 */

import { METRICS, METRICS_TYPE } from '../../listing/metrics.ts';

/** Tor's longest has 130 characters; the pattern below takes long over very long ones. */
const MAX_LINE_LENGTH = 1024;

/** Tor has 400. */
const MAX_SERIES = 4096;

/** A name, labels in braces, a value, and a time that is not kept. */
const SERIES =
  /^([A-Za-z_:][\w:]*)(\{(?:[A-Za-z_]\w*="(?:[^"\\]|\\.)*",?)*\})?[ \t]+([+-]?(?:\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,3})?|inf|nan))(?:[ \t]+-?\d{1,20})?$/i;

const TYPE = /^# TYPE ([A-Za-z_:][\w:]*) ([a-z]{1,20})$/;

export interface Exposition {
  /** Info values, by key. */
  readonly values: ReadonlyMap<string, string>;
  /** How many lines were neither a series, nor empty, nor a comment, or one too many. */
  readonly unread: number;
}

/**
 * The series of a text, each as it stands there, the first of two alike; none of an empty text.
 * Never throws: a line that cannot be read costs only itself.
 */
export function parseExposition(text: string): Exposition {
  const values = new Map<string, string>();
  let unread = 0;
  let start = 0;
  while (start < text.length) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const [key, value] = end - start <= MAX_LINE_LENGTH ? read(text.slice(start, end)) : UNREAD;
    start = end + 1;
    if (key === '') continue;
    if (key === undefined || (values.size >= MAX_SERIES && !values.has(key))) unread++;
    else if (!values.has(key)) values.set(key, value);
  }
  return { values, unread };
}

const UNREAD = [undefined, ''] as const;
const NOTHING = ['', ''] as const;

/** The key and value of a line: an empty key for one that says nothing, none for one that is not read. */
function read(whole: string): readonly [key: string | undefined, value: string] {
  const line = whole.trim();
  if (line === '') return NOTHING;
  if (line.startsWith('#')) {
    const [, typed, type = ''] = TYPE.exec(line) ?? [];
    return typed === undefined ? NOTHING : [METRICS_TYPE + typed, type];
  }
  const [, name, labels = '', value = ''] = SERIES.exec(line) ?? [];
  return name === undefined ? UNREAD : [METRICS + name + labels, value];
}
