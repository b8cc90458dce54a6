// Text, data and drawing of explanations, for answers of every kind.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { explainQuestion } from '../../src/daemon/explain.ts';
import { causesPage } from '../../src/explain/causes-page.ts';
import { type Explanation, isExplanation } from '../../src/explain/explanation.ts';
import { explanationSvg } from '../../src/explain/svg.ts';
import { explanationText } from '../../src/explain/text.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { always } from '../support/server-behaviours.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const DAY = 86_400;
const odd = String.raw`a\<b\>\"&\027x`;
const hierarchy = buildHierarchy({
  zones: [
    { name: 'test.', records: `www A 192.0.2.1\nalias CNAME www.plain.test.\n*.wild A 192.0.2.2\n${odd} A 192.0.2.3` },
    { name: 'plain.test.', isSigned: false, records: 'www A 192.0.2.4' },
    {
      name: 'expired.test.',
      records: 'www A 192.0.2.5',
      faults: {
        validity: (_owner, type) =>
          type === RRType.A
            ? {
                inceptionSeconds: DEFAULT_WALL_SECONDS - 30 * DAY,
                expirationSeconds: DEFAULT_WALL_SECONDS - 6 * DAY - 5,
              }
            : undefined,
      },
    },
    { name: 'dead.test.' },
    { name: 'mismatch.test.', records: 'www A 192.0.2.6', ds: 'wrong-digest' },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

async function explained(name: string, type: number = RRType.A): Promise<Explanation> {
  const simulation = new SimulatedResolver({ hierarchy });
  simulation.serve('dead.test.', always(Rcode.REFUSED));
  const { resolver, clock } = simulation;
  const localData = { answer: () => undefined };
  const promise = explainQuestion(nameOf(name), type, { resolver, clock, localData, source: 'here', attempts: [] });
  clock.advance(20_000);
  return await promise;
}

const rows = [
  {
    name: 'www.test.',
    status: 'secure',
    lines: ['✓ . trust anchor', '✓ test. DS', 'valid 29 days more', 'SECURE', ', AD'],
  },
  { name: 'nope.test.', status: 'secure', lines: ['nope.test. A does not exist', 'proof: name-error', 'NXDOMAIN'] },
  { name: 'x.wild.test.', status: 'secure', lines: ['made from the wildcard *.wild.test.'] },
  { name: 'alias.test.', status: 'insecure', lines: ['alias.test. A', '○ plain.test. insecure', 'INSECURE'] },
  {
    name: 'www.expired.test.',
    status: 'bogus',
    lines: [
      '✗ www.expired.test. A: signature expired',
      'expired 6 days ago',
      'expected: an expiration after',
      'Cause:   rrsig-expired',
      'rndc sign expired.test',
      '(SERVFAIL;',
    ],
  },
  { name: 'www.dead.test.', status: 'failed', lines: ['nothing was obtained', 'Cause:   servers-refuse', 'EDE 22'] },
] as const;

describe('an explanation', () => {
  test.each(rows)('of $name is $status', async ({ name, status, lines }) => {
    const explanation = await explained(name);
    expect(explanation.status).toBe(status);
    const text = explanationText(explanation, { color: false });
    for (const line of lines) expect(text).toContain(line);
    expect(text).not.toContain('\x1b');
    expect(explanationText(explanation, { color: true })).toContain('\x1b[');
    // What goes through JSON and back is the same explanation.
    const back: unknown = JSON.parse(JSON.stringify(explanation));
    expect(back).toEqual(explanation);
    expect(isExplanation(back)).toBe(true);
  });

  test('knows how long servers took, even where nobody has listed the queries', async () => {
    const { parts, attempts } = await explained('www.test.');
    expect(attempts).toEqual([]);
    const timed = parts.flatMap(({ links }) => links).filter(({ kind }) => kind === 'ds' || kind === 'dnskey');
    expect(timed.map(({ kind, zone }) => `${zone} ${kind}`)).toEqual(['. dnskey', 'test. ds', 'test. dnskey']);
    for (const { ms } of timed) expect(ms).toBeGreaterThan(0);
  });

  test('gives the DS that would fit, and the meaning of the words', async () => {
    const text = explanationText(await explained('www.mismatch.test.'), { color: false });
    const [ds] = hierarchy.anchorsOf('mismatch.test.');
    const rdata = ds?.split(' DS ')[1]?.toLowerCase() ?? 'none';
    expect(text).toContain(`zone file of test: ${' '.repeat(11)} mismatch.test. DS ${rdata}`);
    expect(text).toMatch(/^Words\n {2}trust anchor +a key/m);
    expect(explanationText(await explained('www.test.'), { color: false })).not.toContain('Words');
  });

  test('says nothing twice', async () => {
    const text = explanationText(await explained('alias.test.'), { color: false });
    expect(text.match(/\. trust anchor/g)).toHaveLength(1);
    expect(text).toContain('(as above)');
  });

  test('holds no control characters, whatever it was made from', async () => {
    const explanation = await explained('www.test.');
    const hostile = { ...explanation, answer: ['x\x1b[2Jy\u202e'], errors: [{ code: 1, text: 'a\r\nb' }] };
    expect(explanationText(hostile, { color: false })).toContain('x?[2Jy?');
  });
});

describe('a drawing', () => {
  test.each(rows)('of $name stands by itself', async ({ name, status }) => {
    const svg = explanationSvg(await explained(name));
    expect(svg).not.toMatch(/<script|<image|<foreignObject|href|url\(/i);
    expect(svg.match(/https?:[^"]*/g)).toEqual(['http://www.w3.org/2000/svg']);
    expect(svg.includes('BROKEN')).toBe(status === 'bogus');
    expect(svg.match(/<(rect|text|path|svg|title|style)\b/g)?.length).toBeGreaterThan(5);
    for (const [tag] of svg.matchAll(/<(?!\/|\?)[^>]*>/g)) expect(tag).toMatch(/^<[a-z]+( [a-zA-Z-]+="[^"<>]*")*\/?>$/);
  });

  test('writes odd names so that they stay text', async () => {
    const svg = explanationSvg(await explained(`${odd}.test.`));
    expect(svg).toContain('&lt;b&gt;');
    expect(svg).not.toContain('<b>');
  });
});

test('docs/causes.md is what scripts/generate-causes.mjs writes', () => {
  expect(readFileSync(new URL('../../docs/causes.md', import.meta.url), 'utf8')).toBe(causesPage());
});
