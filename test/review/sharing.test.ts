// Clients share work and what it finds, but neither budgets nor half-finished verdicts.
import { describe, expect, test } from 'vitest';
import type { Resolution } from '../../src/resolver/resolution.ts';
import { EdeCode, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { ReviewNetwork, statusOf } from './review-network.ts';

const broken = {
  name: 'broken.test.',
  records: 'www 3600 A 192.0.2.1\n',
  faults: { corruptSignature: (_owner: unknown, type: number) => type === RRType.A },
};

describe('what is known to be bogus is not asked for again', () => {
  test('though the same data were stored unchecked before', () => {
    const net = new ReviewNetwork({ zones: [{ name: 'test.' }, broken] });
    expect(net.status('www.broken.test. A', { validate: false })).toMatch(/^NOERROR none/);
    expect(net.status('www.broken.test. A')).toMatch(/^SERVFAIL bogus/);
    const from = net.network.trace.length;
    expect(net.status('www.broken.test. A')).toMatch(/^SERVFAIL bogus/);
    expect(net.asked(from)).toEqual([]);
  });
});

describe('a look-up that is not finished', () => {
  test('does not tell others that data are bogus which it is about to find insecure', () => {
    // The unsigned zone is hidden behind its parent's server: found only after other servers were asked.
    const net = new ReviewNetwork({
      zones: [
        { name: 'test.', addresses: ['198.18.5.5'] },
        { name: 'example.test.', addresses: ['198.18.5.5'] },
        { name: 'plain.example.test.', isSigned: false, records: 'www A 192.0.2.9\n', addresses: ['198.18.5.5'] },
      ],
    });
    const seen: string[] = [];
    let asked = 0;
    const ask = () => {
      asked++;
      net.start('www.plain.example.test. A', {}, (resolution) => seen.push(statusOf(resolution)));
    };
    for (let atMs = 0; atMs < 400; atMs += 5) net.clock.after(atMs, ask);
    net.clock.advance(10_000);
    expect(seen).toHaveLength(asked);
    expect(new Set(seen)).toEqual(new Set(['NOERROR insecure:no-ds 1']));
  });
});

describe('the budget of one client', () => {
  test('does not decide what another learns who waits for the same look-up', () => {
    const net = new ReviewNetwork({
      zones: [{ name: 'test.' }, { name: 'example.test.', records: 'www A 192.0.2.1\n' }],
      change: (options) => ({
        ...options,
        validation: { ...options.validation, limits: { ...options.validation.limits, maxVerificationsPerQuery: 12 } },
      }),
    });
    // Aliases of another zone spend the attacker's verifications, then lead to the victim's name.
    const attacker = new ReviewNetwork({
      zones: [
        { name: 'test.' },
        { name: 'example.test.', records: 'www A 192.0.2.1\n' },
        {
          name: 'evil.test.',
          records: 'a CNAME b\nb CNAME c\nc CNAME d\nd CNAME e\ne CNAME f\nf CNAME g\ng CNAME www.example.test.\n',
        },
      ],
      change: (options) => ({
        ...options,
        validation: { ...options.validation, limits: { ...options.validation.limits, maxVerificationsPerQuery: 12 } },
      }),
    });
    expect(net.status('www.example.test. A')).toBe('NOERROR secure AD 1');
    const results: { attacker?: Resolution; victim?: Resolution } = {};
    attacker.start('a.evil.test. A', {}, (resolution) => {
      results.attacker = resolution;
    });
    let started = false;
    while (results.attacker === undefined) {
      // As soon as the attacker's query has reached the victim's zone, somebody else asks for it.
      if (!started && attacker.asked().some((text) => text === 'www.example.test. A')) {
        started = true;
        attacker.start('www.example.test. A', {}, (resolution) => {
          results.victim = resolution;
        });
      }
      attacker.clock.step();
    }
    attacker.clock.advance(10_000);
    expect(started).toBe(true);
    expect(results.attacker && statusOf(results.attacker)).toBe('SERVFAIL bogus:work-limit 0');
    expect(results.victim && statusOf(results.victim)).toBe('NOERROR secure AD 1');
  });

  test('once spent on a question, is not spent on the same question again at once', () => {
    const net = new ReviewNetwork({
      zones: [{ name: 'test.' }, { name: 'example.test.', records: 'www A 192.0.2.1\n' }],
      change: (options) => ({
        ...options,
        validation: { ...options.validation, limits: { ...options.validation.limits, maxVerificationsPerQuery: 3 } },
      }),
    });
    const first = net.resolve('www.example.test. A');
    expect(statusOf(first)).toBe('SERVFAIL bogus:work-limit 0');
    const from = net.network.trace.length;
    const second = net.resolve('www.example.test. A');
    expect(net.asked(from)).toEqual([]);
    // The same reason, and the same chain to explain it by.
    expect(statusOf(second)).toBe('SERVFAIL bogus:work-limit 0');
    expect(second.verdict).toBe(first.verdict);
    expect(second.errors).toEqual([...first.errors, { code: EdeCode.CACHED_ERROR, text: 'cached failure' }]);
    net.clock.advance(6000);
    expect(net.status('www.example.test. A')).toBe('NOERROR secure AD 1');
  });

  test('is not spent by each of many who wait for a question that no budget suffices for', () => {
    const net = new ReviewNetwork({
      zones: [{ name: 'test.' }, { name: 'example.test.', records: 'www A 192.0.2.1\n' }],
      change: (options) => ({
        ...options,
        validation: { ...options.validation, limits: { ...options.validation.limits, maxVerificationsPerQuery: 1 } },
      }),
    });
    const seen: string[] = [];
    for (let index = 0; index < 20; index++) {
      net.start('www.example.test. A', {}, (resolution) => seen.push(statusOf(resolution)));
    }
    net.clock.advance(20_000);
    expect(seen).toHaveLength(20);
    expect(seen.every((status) => status.startsWith('SERVFAIL'))).toBe(true);
    expect(net.asked().filter((text) => text === 'www.example.test. A').length).toBeLessThanOrEqual(2);
  });
});

test('more questions than may wait for one answer can wait for the keys that all of them need', () => {
  const net = new ReviewNetwork({
    zones: [{ name: 'test.' }, { name: 'example.test.', records: '* A 192.0.2.1\n' }],
  });
  const seen: string[] = [];
  for (let index = 0; index < 250; index++) {
    net.start(`n${index}.example.test. A`, {}, (resolution) => seen.push(statusOf(resolution)));
  }
  net.clock.advance(10_000);
  expect(seen).toHaveLength(250);
  expect(new Set(seen)).toEqual(new Set(['NOERROR secure AD 1']));
});

test('nothing is left behind when clients give up', () => {
  const net = new ReviewNetwork({
    zones: [{ name: 'test.' }, { name: 'example.test.', records: 'www A 192.0.2.1\n' }],
  });
  for (const address of net.hierarchy.zone('example.test.').addresses) net.network.setPath(address, { drops: 'both' });
  const seen: string[] = [];
  for (let index = 0; index < 50; index++) {
    net.start(`n${index % 5}.example.test. A`, {}, (resolution) => seen.push(statusOf(resolution)));
  }
  net.clock.advance(30_000);
  expect(seen).toHaveLength(50);
  expect(net.resolver.pending).toBe(0);
  expect(net.network.openSockets).toBe(0);
  expect(net.crashes).toEqual([]);
  expect(nameOf('example.test.').labelCount).toBe(2);
});
