// Which name is shown to whom (RFC 9156), as a function and on the wire.
import { describe, expect, test } from 'vitest';
import { DEFAULT_ITERATION_LIMITS } from '../../src/iterator/limits.ts';
import { nextMinimisedName } from '../../src/iterator/qname-minimisation.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { emptyContent } from '../../src/lab/reply-content.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { always, silent } from '../support/server-behaviours.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

/** All names asked from `known` down to `qname`, when no zone is between. */
function walk(qname: string, known: string): string[] {
  const state = { steps: 0, failures: 0, abandoned: false, failedName: undefined, type: RRType.A };
  const asked: string[] = [];
  let name = nameOf(known);
  while (!name.equals(nameOf(qname))) {
    name = nextMinimisedName(nameOf(qname), name, state, DEFAULT_ITERATION_LIMITS);
    state.steps++;
    asked.push(nameText(name));
  }
  return asked;
}

describe('nextMinimisedName', () => {
  test('one label at a time for short names', () => {
    expect(walk('a.b.c.test.', '.')).toEqual(['test.', 'c.test.', 'b.c.test.', 'a.b.c.test.']);
  });

  test('a name one label below is asked as it is', () => {
    expect(walk('www.test.', 'test.')).toEqual(['www.test.']);
  });

  for (const labels of [5, 10, 20, 50, 120]) {
    test(`${labels} labels take ten questions at most, the first four by one label (RFC 9156 2.3)`, () => {
      const asked = walk('a.'.repeat(labels), '.');
      expect(asked.length).toBeLessThanOrEqual(DEFAULT_ITERATION_LIMITS.maxMinimisedSteps + 1);
      expect(asked.slice(0, 4)).toEqual(['a.', 'a.a.', 'a.a.a.', 'a.a.a.a.']);
      expect(asked.at(-1)).toBe('a.'.repeat(labels));
    });
  }

  test('once given up, the full name', () => {
    const state = { steps: 1, failures: 1, abandoned: true, failedName: undefined, type: RRType.A };
    expect(nameText(nextMinimisedName(nameOf('a.b.c.'), nameOf('c.'), state, DEFAULT_ITERATION_LIMITS))).toBe('a.b.c.');
  });
});

describe('on the wire', () => {
  const hierarchy = buildHierarchy({
    zones: [{ name: 'test.' }, { name: 'zone.test.', isSigned: false, records: 'www A 192.0.2.1\na.b.c A 192.0.2.2' }],
    nowSeconds: DEFAULT_WALL_SECONDS,
  });

  function shown(simulation: SimulatedResolver, zone: string): string[] {
    const [address = ''] = simulation.addressesOf(zone);
    return simulation.network.trace
      .filter(({ what, server, text }) => what === 'query' && server === `${address}#53` && !/DNSKEY|DS|NS$/.test(text))
      .map(({ text }) => text);
  }

  test('the parents see no more of the name than they need', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.ask('a.b.c.zone.test. TXT');
    expect(shown(simulation, '.')).toEqual(['test. A']);
    expect(shown(simulation, 'test.')).toEqual(['zone.test. A']);
    expect(shown(simulation, 'zone.test.')).toEqual(['c.zone.test. A', 'b.c.zone.test. A', 'a.b.c.zone.test. TXT']);
  });

  test('a server that denies empty non-terminals is asked for the full name', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.rewrite('zone.test.', (content, { name }) =>
      nameText(name.toLowerCase()).startsWith('a.b.c.') ? content : { ...content, rcode: Rcode.NXDOMAIN },
    );
    expect(simulation.ask('a.b.c.zone.test. A').lines).toEqual(['a.b.c.zone.test. A 192.0.2.2']);
    expect(shown(simulation, 'zone.test.')).toEqual(['c.zone.test. A', 'a.b.c.zone.test. A']);
  });

  for (const rcode of [Rcode.SERVFAIL, Rcode.REFUSED, Rcode.NOTIMP]) {
    test(`one that answers RCODE ${rcode} to minimised names too`, () => {
      const simulation = new SimulatedResolver({ hierarchy });
      simulation.rewrite('zone.test.', (content, { name }) =>
        nameText(name.toLowerCase()).startsWith('a.b.c.') ? content : emptyContent(rcode),
      );
      expect(simulation.ask('a.b.c.zone.test. A').lines).toEqual(['a.b.c.zone.test. A 192.0.2.2']);
    });
  }

  describe('servers that deny a minimised name and fail for the whole one', () => {
    const rows = [
      { name: 'the denial is proved (RFC 8020 2)', isSigned: true, want: Rcode.NXDOMAIN },
      { name: 'the denial is not proved, and may be of an empty non-terminal', isSigned: false, want: Rcode.SERVFAIL },
    ];
    for (const { name, isSigned, want } of rows) {
      test(name, () => {
        const world = buildHierarchy({
          zones: [{ name: 'test.' }, { name: 'zone.test.', isSigned, records: 'www A 192.0.2.1' }],
          nowSeconds: DEFAULT_WALL_SECONDS,
        });
        const simulation = new SimulatedResolver({
          hierarchy: world,
        });
        simulation.rewrite('zone.test.', (content, question) =>
          nameText(question.name.toLowerCase()).startsWith('a.b.') ? emptyContent(Rcode.SERVFAIL) : content,
        );
        const { rcode, authentic } = simulation.ask('a.b.zone.test. A').resolution;
        expect({ rcode, authentic }).toEqual({ rcode: want, authentic: isSigned });
      });
    }
  });

  test('strict: the denial of a minimised name is the end', () => {
    const simulation = new SimulatedResolver({
      hierarchy,
      change: (options) => ({ ...options, iteration: { ...options.iteration, minimiseStrictly: true } }),
    });
    simulation.rewrite('zone.test.', (content, { name }) =>
      nameText(name.toLowerCase()).startsWith('a.b.c.') ? content : { ...content, rcode: Rcode.NXDOMAIN },
    );
    expect(simulation.ask('a.b.c.zone.test. A').resolution.rcode).toBe(Rcode.NXDOMAIN);
    expect(shown(simulation, 'zone.test.')).toEqual(['c.zone.test. A']);
  });

  test('servers that are silent or broken altogether cost no more than without minimisation', () => {
    for (const respond of [silent, always(Rcode.SERVFAIL)]) {
      const simulation = new SimulatedResolver({ hierarchy });
      simulation.serve('zone.test.', respond);
      simulation.ask('a.b.c.zone.test. A');
      simulation.advance(12);
      expect(simulation.packetsTo('zone.test.')).toBeLessThanOrEqual(8);
    }
  });
});
