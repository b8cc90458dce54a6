// CD=1 towards a zone whose keys cannot be had: the client gets the data, soon, and nobody else gets them
// (RFC 4035 3.2.2, SECURITY 4.2, A-15).
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { RRType } from '../../src/wire/constants.ts';
import { parseQuestion } from '../../src/wire/message.ts';
import type { Responder } from '../support/simulated-network.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const hierarchy = buildHierarchy({
  zones: [{ name: 'test.' }, { name: 'keyless.test.', records: 'www A 192.0.2.1\nalias CNAME www' }],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

/** Tells the truth, and nothing to those who ask for keys. */
function withoutKeys(honest: Responder): Responder {
  return (query) => (parseQuestion(query.octets)?.question.type === RRType.DNSKEY ? undefined : honest(query));
}

function simulate(): SimulatedResolver {
  const simulation = new SimulatedResolver({ hierarchy });
  simulation.serve('keyless.test.', withoutKeys(simulation.honest('keyless.test.')));
  return simulation;
}

describe('a zone whose servers do not answer DNSKEY questions', () => {
  const rows = [
    { question: 'www.keyless.test. A', status: 'NOERROR', records: 1 },
    { question: 'alias.keyless.test. A', status: 'NOERROR', records: 2 },
    { question: 'www.keyless.test. AAAA', status: 'NOERROR', records: 0 },
    { question: 'none.keyless.test. A', status: 'NXDOMAIN', records: 0 },
  ];
  test.each(rows)('$question with CD is answered within two seconds', ({ question, status, records }) => {
    const simulation = simulate();
    const answered = simulation.ask(question, { checkingDisabled: true });
    expect(answered.status).toMatch(new RegExp(`^${status}`));
    expect(answered.status).not.toContain('AD');
    expect(answered.lines).toHaveLength(records);
    expect(answered.elapsedMs).toBeLessThan(2000);
    expect(simulation.leftovers()).toEqual([]);
  });

  test.each(rows)('$question without CD is SERVFAIL, before and after a client with CD', ({ question }) => {
    const simulation = simulate();
    expect(simulation.status(question)).toMatch(/^SERVFAIL/);
    simulation.ask(question, { checkingDisabled: true });
    expect(simulation.status(question)).toMatch(/^SERVFAIL/);
    simulation.advance(400);
    simulation.ask(question, { checkingDisabled: true });
    expect(simulation.status(question)).toMatch(/^SERVFAIL/);
  });

  test('once the keys can be had, everybody gets secure data', () => {
    const simulation = simulate();
    simulation.ask('www.keyless.test. A', { checkingDisabled: true });
    simulation.restore();
    simulation.advance(700);
    expect(simulation.status('www.keyless.test. A')).toBe('NOERROR secure AD');
  });
});

describe('validation that needs more work than allowed', () => {
  const simulateLittle = (): SimulatedResolver =>
    new SimulatedResolver({
      hierarchy,
      change: (options) => ({
        ...options,
        validation: { ...options.validation, limits: { ...options.validation.limits, maxVerificationsPerQuery: 3 } },
      }),
    });

  test.each([true, false])(
    'a failure of it that is remembered is none for a client with CD (validate: %s)',
    (validate) => {
      const simulation = simulateLittle();
      const askWithCD = () => simulation.ask('www.keyless.test. A', { checkingDisabled: true, validate });
      expect(simulation.status('www.keyless.test. A')).toBe('SERVFAIL bogus:work-limit');
      expect(askWithCD().lines).toEqual(['www.keyless.test. A 192.0.2.1']);
      expect(askWithCD().status).toBe('NOERROR unjudged');
      expect(simulation.status('www.keyless.test. A')).toBe('SERVFAIL bogus:work-limit');
    },
  );
});
