// What a server says of an alias target must not cost the client the alias that it asked for, nor be kept as a failure of it.
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { DEFAULT_REQUEST_LIMITS } from '../../src/resolver/request-budget.ts';
import { EdeCode, Rcode, RRType } from '../../src/wire/constants.ts';
import { silent } from '../support/server-behaviours.ts';
import { SimulatedResolver, type SimulationOptions } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const hierarchy = buildHierarchy({
  zones: [
    { name: 'test.' },
    {
      name: 'alias.test.',
      records: 'away 1 CNAME nope.far.test.\nbad CNAME nope.bogus.test.\nsyn CNAME bd.near.test.',
    },
    { name: 'far.test.', records: 'www A 192.0.2.1', addresses: ['198.18.7.1', '198.18.7.2', '198.18.7.3'] },
    { name: 'near.test.', records: 'a A 192.0.2.1\nz A 192.0.2.2' },
    { name: 'bogus.test.', records: 'www A 192.0.2.1', faults: { corruptSignature: () => true } },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

function following(options: Omit<SimulationOptions, 'hierarchy'> = {}): SimulatedResolver {
  const simulation = new SimulatedResolver({ hierarchy, ...options });
  simulation.rewrite('alias.test.', (content) => {
    const hasAlias = content.answer.some((rrset) => rrset.type === RRType.CNAME);
    return hasAlias ? { ...content, rcode: Rcode.NXDOMAIN } : content;
  });
  return simulation;
}

describe('NXDOMAIN beside the alias that was asked for', () => {
  test('silent servers of the target do not turn the alias into SERVFAIL (docs/decisions.md, 40)', () => {
    const simulation = following();
    simulation.serve('far.test.', silent);
    const { status, elapsedMs } = simulation.ask('away.alias.test. CNAME');
    expect({ status, isLate: elapsedMs > 4000 }).toEqual({ status: 'NOERROR secure AD', isLate: false });
  });

  test('a budget that the target has used up is no failure of the question that was answered', () => {
    const honest = new SimulatedResolver({ hierarchy });
    const asked = honest.ask('away.alias.test. CNAME').packets;
    const simulation = following({
      change: (options) => ({ ...options, request: { ...DEFAULT_REQUEST_LIMITS, maxUpstream: asked } }),
    });
    expect(simulation.status('away.alias.test. CNAME')).toBe('NOERROR secure AD');
    simulation.advance(2);
    simulation.restore();
    const { status, codes } = simulation.ask('away.alias.test. CNAME');
    expect({ status, codes }).toEqual({ status: 'NOERROR secure AD', codes: [] });
  });

  test('a denial of the target made of cached proofs says so (RFC 8914 4.30)', () => {
    const simulation = following();
    simulation.ask('bb.near.test. A');
    const led = simulation.ask('bc.near.test. CNAME');
    const { status, codes } = simulation.ask('syn.alias.test. CNAME');
    expect([led.codes, status, codes]).toEqual([[EdeCode.SYNTHESIZED], 'NXDOMAIN secure AD', [EdeCode.SYNTHESIZED]]);
  });
});
