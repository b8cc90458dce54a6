// What one question may cost, and whom: packets to victims, cycles, long ways, and what stays behind (SECURITY 1.2, A-02,
//
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { emptyContent, type ReplyContent } from '../../src/lab/reply-content.ts';
import type { Resolution } from '../../src/resolver/resolution.ts';
import { EdeCode, Rcode, RRType } from '../../src/wire/constants.ts';
import type { Question } from '../../src/wire/message.ts';
import { nameText } from '../../src/wire/name-text.ts';
import { groupIntoRRsets, type RRset } from '../../src/wire/record.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { silent, slow } from '../support/server-behaviours.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const hierarchy = buildHierarchy({
  zones: [
    { name: 'test.', isSigned: false },
    { name: 'victim.test.', isSigned: false, records: 'www A 192.0.2.1\n*.wild A 192.0.2.2' },
    { name: 'evil.test.', isSigned: false, records: 'www A 192.0.2.66' },
    { name: 'other.test.', isSigned: false, records: 'www A 192.0.2.67' },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

function sets(text: string): RRset[] {
  return groupIntoRRsets(parseZoneText(text, { defaultTtl: 3600 }).records);
}

function referral(zone: string, nameServers: readonly string[], glue = ''): ReplyContent {
  return {
    ...emptyContent(Rcode.NOERROR),
    authority: sets(nameServers.map((name) => `${zone} NS ${name}`).join('\n')),
    additional: sets(glue),
  };
}

function attacked(change: (content: ReplyContent, question: Question) => ReplyContent, seed = 1): SimulatedResolver {
  const simulation = new SimulatedResolver({ hierarchy, seed });
  simulation.rewrite('evil.test.', change);
  return simulation;
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('NXNS: name servers without glue under the victim (A-22)', () => {
  const wide = (content: ReplyContent, { name }: Question): ReplyContent => {
    const text = nameText(name.toLowerCase());
    return /^x\d+\.evil/.test(text)
      ? referral(
          text,
          numbers(150).map((index) => `r${index}.${text.split('.')[0]}.victim.test.`),
        )
      : content;
  };

  test('at most 12 packets, too, where name servers wait for each other', () => {
    for (const loops of [1, 2]) {
      for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
        const simulation = new SimulatedResolver({
          hierarchy,
          seed,
          change: (plain) => ({ ...plain, iteration: { ...plain.iteration, useIPv6: true } }),
        });
        simulation.rewrite('victim.test.', (content) => ({ ...content, rcode: Rcode.NOERROR }));
        simulation.rewrite('evil.test.', (content, { name }) => {
          const text = nameText(name.toLowerCase());
          if (/(^|\.)x1\.evil/.test(text)) {
            return referral(
              'x1.evil.test.',
              numbers(13).map((index) => `n.z${index}.evil.test.`),
            );
          }
          const zone = /(?:^|\.)(z\d+)\.evil/.exec(text)?.[1];
          if (zone === undefined) return content;
          return referral(`${zone}.evil.test.`, [
            ...numbers(loops).map((index) => `l${zone}x${index}.x1.evil.test.`),
            ...numbers(5).map((index) => `r${zone}x${index}.victim.test.`),
          ]);
        });
        expect(simulation.ask('a.x1.evil.test. A').status).toMatch(/^SERVFAIL/);
        expect(simulation.packetsTo('victim.test.')).toBeLessThanOrEqual(12);
        expect(simulation.leftovers()).toEqual([]);
      }
    }
  });

  test('at most 12 packets reach the victim for one question', () => {
    for (const seed of [1, 2, 3]) {
      const simulation = attacked(wide, seed);
      const { resolution, elapsedMs, codes } = simulation.ask('a.x1.evil.test. A');
      expect(resolution.rcode).toBe(Rcode.SERVFAIL);
      expect(codes).toContain(EdeCode.NO_REACHABLE_AUTHORITY);
      expect(elapsedMs).toBeLessThan(4500);
      expect(simulation.packetsTo('victim.test.')).toBeLessThanOrEqual(12);
      expect(simulation.leftovers()).toEqual([]);
    }
  });

  test('six names that have no address are enough, however many may be tried (query.max-ns-nxdomain)', () => {
    const simulation = new SimulatedResolver({
      hierarchy,
      change: (options) => ({
        ...options,
        iteration: { ...options.iteration, limits: { ...options.iteration.limits, maxGluelessPerDelegation: 13 } },
      }),
    });
    simulation.rewrite('evil.test.', wide);
    simulation.ask('a.x1.evil.test. A');
    const tried = new Set(simulation.asked().filter((text) => /^r\d+\./.test(text)));
    expect(tried.size).toBe(6);
  });

  test('nor for each of a hundred questions', () => {
    const simulation = attacked(wide);
    for (const index of numbers(100)) {
      const mark = simulation.mark;
      simulation.ask(`a.x${index}.evil.test. A`);
      expect(simulation.packetsTo('victim.test.', mark)).toBeLessThanOrEqual(12);
    }
  });
});

test('1,500 name servers at silent addresses cost at most 40 packets (A-23)', () => {
  const simulation = attacked((content, { name }) =>
    nameText(name.toLowerCase()).includes('x.evil')
      ? referral(
          'x.evil.test.',
          numbers(200).map((index) => `n${index}.x.evil.test.`),
          numbers(200)
            .map((index) => `n${index}.x.evil.test. A 198.18.77.${index}`)
            .join('\n'),
        )
      : content,
  );
  const { resolution, elapsedMs } = simulation.ask('www.x.evil.test. A');
  expect(resolution.rcode).toBe(Rcode.SERVFAIL);
  expect(elapsedMs).toBeLessThanOrEqual(4500);
  simulation.advance(10);
  const sent = simulation.network.trace.filter(
    ({ server, what }) => server.startsWith('198.18.77.') && (what === 'query' || what === 'connect'),
  );
  expect(sent.length).toBeLessThanOrEqual(40);
  expect(simulation.leftovers()).toEqual([]);
});

test('a hundred name servers on four addresses: each address is tried three times at most (A-24)', () => {
  const simulation = attacked((content, { name }) =>
    nameText(name.toLowerCase()).includes('x.evil')
      ? referral(
          'x.evil.test.',
          numbers(13).map((index) => `n${index}.x.evil.test.`),
          numbers(13)
            .flatMap((index) => numbers(4).map((host) => `n${index}.x.evil.test. A 198.18.77.${host + 1}`))
            .join('\n'),
        )
      : content,
  );
  simulation.ask('www.x.evil.test. A');
  simulation.advance(15);
  for (const host of [1, 2, 3, 4]) {
    const sent = simulation.network.trace.filter(
      ({ server, what, transport }) =>
        server === `198.18.77.${host}#53` && (transport === 'udp' ? what === 'query' : what === 'connect'),
    );
    expect(sent.length).toBeLessThanOrEqual(3);
  }
});

describe('delegations without end (A-25)', () => {
  const shapes: readonly { name: string; change: (content: ReplyContent, question: Question) => ReplyContent }[] = [
    {
      name: 'to a new name server below the attacker each time',
      change: (_, { name }) => {
        const random = `n${nameText(name).length}${Math.floor(name.key.length)}`;
        return referral(nameText(name), [`ns.${random}.${nameText(name)}`.slice(0, 200)]);
      },
    },
    {
      name: 'to a name server in another subtree of its own',
      change: (content, { name }) => {
        const text = nameText(name.toLowerCase());
        return text === 'evil.test.' ? content : referral(text, [`ns.${name.labelCount}${text.length}.evil.test.`]);
      },
    },
    {
      name: 'one label at a time, with itself as server',
      change: (_, { name }) => {
        const text = nameText(name.toLowerCase());
        return referral(text, [`ns.${text}`], `ns.${text} A 198.18.0.4`);
      },
    },
    {
      name: 'to itself',
      change: () => referral('evil.test.', ['ns1.evil.test.'], 'ns1.evil.test. A 198.18.0.4'),
    },
    { name: 'upwards', change: () => referral('test.', ['ns1.evil.test.'], 'ns1.evil.test. A 198.18.0.4') },
  ];
  for (const { name, change } of shapes) {
    test(`${name}: at most 50 packets`, () => {
      const simulation = attacked(change);
      const deep = `${'a.'.repeat(60)}evil.test. A`;
      for (const ask of ['www.evil.test. A', 'x.y.z.evil.test. A', deep]) {
        const mark = simulation.mark;
        const { resolution, elapsedMs } = simulation.ask(ask);
        expect(resolution.rcode).toBe(Rcode.SERVFAIL);
        expect(elapsedMs).toBeLessThanOrEqual(4500);
        expect(simulation.asked(mark).length).toBeLessThanOrEqual(50);
      }
      expect(simulation.leftovers()).toEqual([]);
    });
  }
});

describe('zones that can only be found through each other (A-26)', () => {
  for (const size of [2, 3, 7]) {
    test(`a circle of ${size}: every question fails at once, the parent is spared`, () => {
      const circle = buildHierarchy({
        zones: [
          { name: 'test.', isSigned: false },
          ...numbers(size).map((index) => ({
            name: `z${index}.test.`,
            isSigned: false,
            nameServers: [`ns.z${(index + 1) % size}.test.`],
            addresses: [`198.18.5.${index + 1}`],
            records: `ns A 198.18.5.${index + 1}\nwww A 192.0.2.1`,
          })),
        ],
        nowSeconds: DEFAULT_WALL_SECONDS,
      });
      // The lab's referrals bring glue: without it nobody can start anywhere.
      const simulation = new SimulatedResolver({ hierarchy: circle });
      simulation.rewrite('test.', (content) => ({ ...content, glue: [], additional: [] }));
      const first = simulation.ask('www.z0.test. A');
      expect(first.resolution.rcode).toBe(Rcode.SERVFAIL);
      expect(first.codes).toContain(EdeCode.NO_REACHABLE_AUTHORITY);
      for (const index of numbers(1000)) {
        simulation.start(`c${index}.z${index % size}.test. A`, {}, () => {});
        if (index % 10 === 0) simulation.advance(0.1);
      }
      expect(simulation.packetsTo('test.')).toBeLessThanOrEqual(20);
      expect(simulation.leftovers()).toEqual([]);
    });
  }
});

describe('aliases and delegations multiplied (A-27)', () => {
  const camp =
    (fanOut: number) =>
    (content: ReplyContent, { name, type }: Question) => {
      const text = nameText(name.toLowerCase());
      const step = /^(?:.*\.)?c(\d+)\.evil\.test\.$/.exec(text)?.[1];
      if (step === undefined) return content;
      const own = `c${step}.evil.test.`;
      if (fanOut > 0 && text !== `y.${own}`) {
        return referral(
          own,
          numbers(fanOut).map((index) => `n${step}x${index}.other.test.`),
        );
      }
      return type === RRType.A
        ? {
            ...emptyContent(Rcode.NOERROR, true),
            answer: sets(`${text} CNAME y.c${Number(step) + 1}.evil.test.`),
          }
        : content;
    };
  for (const fanOut of [0, 4, 10]) {
    test(`aliases with ${fanOut} name servers each: at most 200 packets, 100 to one victim`, () => {
      const simulation = attacked(camp(fanOut));
      // The other zone says that all of these servers are the attacker's.
      const [evil = ''] = simulation.addressesOf('evil.test.');
      simulation.rewrite('other.test.', (content, { name, type }) =>
        type === RRType.A && nameText(name).toLowerCase().startsWith('n')
          ? {
              ...emptyContent(Rcode.NOERROR, true),
              answer: sets(`${nameText(name)} A 198.18.88.${name.octets.length % 200}\n`),
            }
          : content,
      );
      expect(evil).not.toBe('');
      const { resolution } = simulation.ask('y.c1.evil.test. A');
      expect(resolution.rcode).toBe(Rcode.SERVFAIL);
      expect(resolution.errors.length).toBeGreaterThan(0);
      simulation.advance(12);
      expect(simulation.asked().length).toBeLessThanOrEqual(200);
      expect(simulation.packetsTo('other.test.')).toBeLessThanOrEqual(100);
      expect(simulation.leftovers()).toEqual([]);
    });
  }

  test('the same question again within the life of the failure costs nothing', () => {
    const simulation = attacked(camp(0));
    simulation.ask('y.c1.evil.test. A');
    expect(simulation.ask('y.c1.evil.test. A').packets).toBe(0);
  });
});

describe('many clients, one question (A-02, I-9)', () => {
  test('a thousand equal questions are one packet at a time', () => {
    const simulation = new SimulatedResolver({
      hierarchy,
      change: (options) => ({ ...options, request: { ...options.request, maxWaiters: 2000 } }),
    });
    simulation.serve('victim.test.', slow(simulation.honest('victim.test.'), 300));
    const results = simulation.askAll(numbers(1000).map(() => 'www.victim.test. A'));
    expect(new Set(results.map(({ rcode }) => rcode))).toEqual(new Set([Rcode.NOERROR]));
    expect(simulation.packetsTo('victim.test.')).toBe(1);
    expect(simulation.leftovers()).toEqual([]);
  });

  test('while some of them skip validation, and some come with CD', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.serve('victim.test.', slow(simulation.honest('victim.test.'), 300));
    let answered = 0;
    for (const index of numbers(90)) {
      simulation.start(
        'www.victim.test. A',
        { checkingDisabled: index % 3 === 0, validate: index % 3 !== 1 },
        ({ rcode }) => {
          if (rcode === Rcode.NOERROR) answered++;
        },
      );
    }
    simulation.advance(5);
    expect(answered).toBe(90);
    expect(simulation.packetsTo('victim.test.')).toBe(1);
  });

  test('more than may wait for one answer are refused at once, and fail nobody later', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.serve('victim.test.', slow(simulation.honest('victim.test.'), 300));
    const results: Resolution[] = [];
    for (const _ of numbers(300)) simulation.start('www.victim.test. A', {}, (resolution) => results.push(resolution));
    simulation.advance(5);
    expect(results.filter(({ rcode }) => rcode === Rcode.NOERROR).length).toBe(100);
    expect(results.filter(({ rcode }) => rcode === Rcode.SERVFAIL).length).toBe(200);
    expect(simulation.ask('www.victim.test. A').resolution.rcode).toBe(Rcode.NOERROR);
  });
});

describe('deadlines', () => {
  test('the client hears within 4.5 s, the work ends within 10 s, and nothing is left', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.serve('victim.test.', silent);
    const { elapsedMs, resolution } = simulation.ask('www.victim.test. A');
    expect(elapsedMs).toBeLessThanOrEqual(4500);
    expect(resolution.rcode).toBe(Rcode.SERVFAIL);
    simulation.advance(5.6);
    expect([simulation.network.openSockets, simulation.resolver.pending]).toEqual([0, 0]);
    expect(simulation.leftovers()).toEqual([]);
  });

  test('servers that answer only after the deadline still serve those who come later', () => {
    const simulation = new SimulatedResolver({ hierarchy, latencyMs: 350 });
    const first = simulation.ask('www.victim.test. A');
    expect(first.elapsedMs).toBeLessThanOrEqual(4500);
    simulation.advance(10);
    expect(simulation.ask('www.victim.test. A').resolution.rcode).toBe(Rcode.NOERROR);
    expect(simulation.leftovers()).toEqual([]);
  });

  test('everything silent from the root on', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.serve('.', silent);
    expect(simulation.ask('www.victim.test. A').resolution.rcode).toBe(Rcode.SERVFAIL);
    expect(simulation.leftovers()).toEqual([]);
    simulation.restore();
    simulation.advance(60);
    expect(simulation.ask('www.victim.test. A').resolution.rcode).toBe(Rcode.NOERROR);
  });
});

test('a question that spends its budget does not fail other names on its way', () => {
  const simulation = attacked((content, { name }) => {
    const text = nameText(name.toLowerCase());
    if (!text.startsWith('y.') && !text.includes('c')) return content;
    return {
      ...emptyContent(Rcode.NOERROR, true),
      answer: sets(`${text} CNAME ${text.length}.y.victim.test.`),
    };
  });
  const tight = new SimulatedResolver({
    hierarchy,
    change: (options) => ({ ...options, request: { ...options.request, maxUpstream: 5 } }),
  });
  const asked = tight.ask('www.a.b.c.victim.test. A');
  expect(asked.packets).toBeLessThanOrEqual(5);
  // What was learned before the budget ended serves the next.
  expect(tight.ask('www.victim.test. A').resolution.rcode).toBe(Rcode.NOERROR);
  expect(simulation.ask('www.victim.test. A').resolution.rcode).toBe(Rcode.NOERROR);
});

describe('servers that are dead (SECURITY 1.6, out.dead)', () => {
  test('many questions for their zone are not many packets to them', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.ask('www.victim.test. A');
    simulation.serve('victim.test.', silent);
    for (const index of numbers(5)) simulation.ask(`dying${index}.victim.test. A`);
    const mark = simulation.mark;
    for (const index of numbers(500)) {
      simulation.start(`x${index}.victim.test. A`, {}, () => {});
      simulation.advance(0.02);
    }
    // Ten seconds: one probe a second, by UDP, and by TCP after that.
    expect(simulation.packetsTo('victim.test.', mark)).toBeLessThanOrEqual(30);
    expect(simulation.leftovers()).toEqual([]);
    simulation.restore();
    simulation.advance(60);
    expect(simulation.ask('mail.victim.test. A').resolution.rcode).toBe(Rcode.NXDOMAIN);
  });
});
