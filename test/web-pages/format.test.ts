// Figures, times and durations as the pages write them.
import { describe, expect, it } from 'vitest';
import {
  agoText,
  durationText,
  leftText,
  msText,
  niceCeiling,
  octetsText,
  percentText,
  plural,
  rateText,
  shortCountText,
  timeText,
} from '../../src/web/pages/format.ts';

const NOW_MS = Date.parse('2026-11-22T21:42:18Z');

const rows = [
  { name: 'a count', got: shortCountText(1234), want: '1,234' },
  { name: 'a large count', got: shortCountText(1_284_331), want: '1.28M' },
  { name: 'no rate', got: rateText(0), want: '0' },
  { name: 'a small rate', got: rateText(0.314), want: '0.31' },
  { name: 'a rate', got: rateText(3.14), want: '3.1' },
  { name: 'a large rate', got: rateText(412.6), want: '413' },
  { name: 'milliseconds', got: msText(6.2), want: '6.2 ms' },
  { name: 'seconds', got: msText(1500), want: '1.5 s' },
  { name: 'no latency', got: msText(null), want: 'none' },
  { name: 'no share', got: percentText(0), want: '0 %' },
  { name: 'a share of nothing', got: percentText(Number.NaN), want: '0 %' },
  { name: 'a tiny share', got: percentText(0.0001), want: '< 0.1 %' },
  { name: 'a share', got: percentText(0.8876), want: '88.8 %' },
  { name: 'all', got: percentText(1), want: '100 %' },
  { name: 'octets', got: octetsText(512), want: '512 B' },
  { name: 'mebibytes', got: octetsText(268_435_456), want: '256 MiB' },
  { name: 'a duration', got: durationText(6 * 86_400 + 5), want: '6 days' },
  { name: 'one hour', got: durationText(3_600), want: '1 hour' },
  { name: 'time left', got: leftText(90), want: '1 minute left' },
  { name: 'no time left', got: leftText(-3 * 3_600), want: 'expired 3 hours ago' },
  { name: 'a while ago', got: agoText('2026-11-22T21:39:18Z', NOW_MS), want: '3 minutes ago' },
  { name: 'in a while', got: agoText('2026-11-24T21:42:18Z', NOW_MS), want: 'in 2 days' },
  { name: 'now', got: agoText('2026-11-22T21:42:18Z', NOW_MS), want: 'just now' },
  { name: 'what is no time', got: agoText('never', NOW_MS), want: '' },
  { name: 'a time', got: timeText('2026-11-22T21:42:18.123Z'), want: '2026-11-22 21:42:18' },
  { name: 'one', got: plural(1, 'key'), want: '1 key' },
  { name: 'many', got: plural(1200, 'key'), want: '1,200 keys' },
  { name: 'an axis of nothing', got: niceCeiling(0), want: 1 },
  { name: 'an axis', got: niceCeiling(473), want: 500 },
  { name: 'an axis of fractions', got: niceCeiling(0.12), want: 0.2 },
] as const;

describe('the pages write', () => {
  it.each(rows)('$name as $want', ({ got, want }) => {
    expect(got).toBe(want);
  });
});
