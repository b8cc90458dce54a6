import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { announce } from '../../src/daemon/announcement.ts';
import { TrustAnchors } from '../../src/dnssec/trust-anchor.ts';
import { keptLog } from './support/daemons.ts';

function linesFor(zoneCount: number): readonly string[] {
  const zones = Array.from({ length: zoneCount }, (_, index) => `z${index}.lan=127.0.0.1:5300`);
  const result = parseConfig(`forward-zones=${zones.join(', ')}\n`, 'recursor.conf');
  if (!result.ok) throw new Error(result.errors[0]?.message);
  const { log, lines } = keptLog();
  const hints = { source: 'built in', records: [] };
  announce({ config: result.config, anchors: new TrustAnchors(), hints, endpoints: [] }, log);
  return lines.filter((line) => line.includes('forward zone'));
}

describe('forward zones in the log', () => {
  it('have a line each', () => {
    expect(linesFor(100)).toHaveLength(100);
    expect(linesFor(2)[1]).toContain('z1.lan');
  });

  it('of which there are very many are counted', () => {
    const lines = linesFor(1000);
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toContain('1000');
  });
});
