/** Prometheus' text format: what is escaped, what is left out, and that it can be read back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prometheusText } from '../../src/output/prometheus.ts';
import { complaintsOf, HAS_PROMETHEUS } from '../cli/monitored.ts';

/** The labels of a line, as the format has them read. */
function labelsIn(line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  const unescaped = (text: string) =>
    text.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));
  for (const [, name, value] of line.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/gs)) {
    labels[name!] = unescaped(value!);
  }
  return labels;
}

describe('the text for Prometheus', () => {
  it('has the help, the type and a line a series, and nothing of a family without one', () => {
    const text = prometheusText([
      { name: 'a_total', type: 'counter', help: 'All.', samples: [{ labels: {}, value: 3 }] },
      { name: 'b', type: 'gauge', help: 'Not known.', samples: [] },
      {
        ...{ name: 'c_seconds', type: 'histogram', help: 'Back\\slash\nand line.' },
        samples: [{ suffix: '_bucket', labels: { relay: 'F', le: '+Inf' }, value: 0.25 }],
      },
    ]);
    expect(text).toBe(
      [
        ...['# HELP a_total All.', '# TYPE a_total counter', 'a_total 3'],
        '# HELP c_seconds Back\\\\slash\\nand line.',
        '# TYPE c_seconds histogram',
        'c_seconds_bucket{relay="F",le="+Inf"} 0.25',
        '',
      ].join('\n'),
    );
  });

  it('has numbers to the microsecond, integers as they are', () => {
    const values = [0.01666726200000039, 0.1 + 0.2, 1764277200.123, 2 ** 53 - 1, -0.5, 3e-7, 2e-6];
    const samples = values.map((value) => ({ labels: {}, value }));
    const lines = prometheusText([{ name: 'a', type: 'gauge', help: 'A.', samples }]).split('\n');
    expect(lines.slice(2, -1).map((line) => line.slice(2))).toEqual([
      ...['0.016667', '0.3', '1764277200.123', '9007199254740991', '-0.5', '0', '0.000002'],
    ]);
  });

  it('gives every label back, whatever a relay calls itself, on one line', () => {
    const name = fc.string({
      unit: fc.constantFrom('"', '\\', '\n', 'n', '}', ' ', 'é', '\u001b'),
    });
    fc.assert(
      fc.property(name, name, (nickname, source) => {
        const samples = [{ labels: { nickname, source }, value: 1 }];
        const text = prometheusText([{ name: 'a', type: 'gauge', help: 'A.', samples }]);
        const lines = text.split('\n');
        expect(lines).toHaveLength(4);
        expect(labelsIn(lines[2]!)).toEqual({ nickname, source });
      }),
    );
  });

  it.skipIf(!HAS_PROMETHEUS)('is read by Prometheus with the worst of names', () => {
    const nickname = '"}\n# TYPE a counter\n\\"\\\u001b[31m\ud800é';
    const samples = [{ labels: { nickname }, value: 1 }];
    const text = prometheusText([{ name: 'a', type: 'gauge', help: 'A.', samples }]);
    expect(complaintsOf(text)).toBe('');
  });
});
