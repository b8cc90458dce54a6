// `kedge explain` and `kedge check-config --online` with real servers on loopback, and the options that change the world.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { parseDate } from '../../src/daemon/explain-wish.ts';
import { isExplanation } from '../../src/explain/explanation.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { type LabServer, startLabServer } from '../../src/lab/server.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { directoryWith } from '../daemon/support/daemons.ts';

const NOW = Math.floor(Date.now() / 1000);
const hierarchy = buildHierarchy({
  zones: [
    { name: 'test.', records: 'www A 192.0.2.1' },
    { name: 'home.', records: 'www A 192.0.2.2' },
  ],
  nowSeconds: NOW,
});
/** Not known to the root: a zone of one's own. */
const inside = buildHierarchy({ zones: [{ name: 'inside.', records: 'www A 192.0.2.3' }], nowSeconds: NOW });

let server: LabServer;
let files: ReturnType<typeof directoryWith>;

function dsOf(line: string | undefined): string {
  return (line ?? '').split(/\s+/).slice(4).join(' ');
}

beforeAll(async () => {
  const zones = new ZoneSet();
  for (const { zone } of hierarchy.zones) zones.add(zone);
  zones.add(inside.zone('inside.').zone);
  server = await startLabServer({ address: '127.0.0.1', port: 0, zones });
  const address = `127.0.0.1:${server.port}`;
  files = directoryWith({
    'recursor.yml': [
      'outgoing: {source_address: [127.0.0.1], dont_query: []}',
      'recursor:',
      '  forward_zones:',
      `    - {zone: ., forwarders: ['${address}']}`,
      `    - {zone: inside, forwarders: ['${address}']}`,
      `dnssec: {validation: validate, trustanchors: [{name: ., dsrecords: ['${dsOf(hierarchy.trustAnchors[0])}']}]}`,
      'kedge: {default_trustanchor: false}',
      '',
    ].join('\n'),
  });
});
afterAll(async () => {
  files.remove();
  await server.close();
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await main(args, {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

function explain(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return run('explain', ...args, '--config', files.path('recursor.yml'));
}

describe('explain', () => {
  test('a secure answer: the chain, with timings, and exit code 0', async () => {
    const { code, out } = await explain('www.test');
    expect(out).toMatch(/✓ www\.test\. A/);
    expect(out).toMatch(/from 127\.0\.0\.1#\d+, [\d.]+ ms/);
    expect(out).toContain('Verdict: SECURE');
    expect(code).toBe(0);
  });

  test('--json is an explanation', async () => {
    const { code, out } = await explain('test.', 'SOA', '--json');
    const value: unknown = JSON.parse(out);
    expect(isExplanation(value) && value.status).toBe('secure');
    expect(code).toBe(0);
  });

  test('--svg writes a drawing', async () => {
    const path = files.path('chain.svg');
    expect((await explain('www.test', '--svg', path)).code).toBe(0);
    expect(readFileSync(path, 'utf8')).toMatch(/^<\?xml.*\n<svg /);
    const { code, err } = await explain('www.test', '--svg', '/nowhere/chain.svg');
    expect([code, err]).toEqual([1, 'kedge: cannot write /nowhere/chain.svg: No such file or directory\n']);
  });

  const later = new Date((NOW + 90 * 86_400) * 1000).toISOString();
  const earlier = new Date((NOW - 90 * 86_400) * 1000).toISOString().slice(0, 10);
  const rows = [
    { name: 'after the signatures', args: ['www.test', '--at', later], cause: 'clock-ahead', code: 1 },
    { name: 'before the signatures', args: ['www.test', '--at', earlier], cause: 'clock-behind', code: 1 },
    {
      name: 'an anchor that fits no key',
      args: ['www.test', '--with-anchor', `test 4711 13 2 ${'00'.repeat(32)}`],
      cause: 'anchor-no-key',
      code: 1,
    },
    { name: 'no anchor', args: ['www.test', '--without-anchor', '.'], cause: 'no-anchor', code: 0 },
    {
      name: 'without algorithm 13',
      args: ['www.test', '--assume-alg-disabled', '13'],
      cause: 'unsupported-algorithm',
      code: 0,
    },
    {
      name: 'a forward zone that nobody vouches for',
      args: ['www.inside'],
      cause: 'forward-denied-by-parent',
      code: 1,
    },
    {
      name: 'the same with its anchor',
      args: ['www.inside', '--with-anchor', `inside ${dsOf(inside.anchorsOf('inside.')[0])}`],
      cause: undefined,
      code: 0,
    },
  ];
  test.each(rows)('$name: $cause', async ({ args, cause, code }) => {
    const { code: exit, out } = await explain(...args, '--json');
    expect([JSON.parse(out).cause?.code, exit]).toEqual([cause, code]);
  });

  test.each([
    { args: [], text: /name what to explain/ },
    { args: ['a..b'], text: /'a\.\.b': / },
    { args: ['test', 'NONSENSE'], text: /'NONSENSE' is no type/ },
    { args: ['test', 'A', 'more'], text: /too much/ },
    { args: ['test', '--at', 'soon'], text: /--at 'soon' is no date/ },
    { args: ['test', '--with-anchor', 'test 1 2'], text: /--with-anchor 'test 1 2': / },
    { args: ['test', '--assume-alg-disabled', 'x'], text: /'x' is no algorithm number/ },
    { args: ['test', '--daemon', '--at', '2026-01-01'], text: /--daemon shows what the running resolver holds/ },
  ])('wrong usage: $text', async ({ args, text }) => {
    const { code, err } = await explain(...args);
    expect(code).toBe(2);
    expect(err).toMatch(text);
  });

  test('--daemon without one says so', async () => {
    const { code, err } = await explain('test', '--daemon', '--socket-dir', files.path('.'));
    expect(code).toBe(1);
    expect(err).toMatch(/Unable to connect to remote/);
  });

  test.each([
    { text: '2026-12-31', want: 1_798_675_200 },
    { text: '2026-12-31T12:00:00Z', want: 1_798_718_400 },
    { text: '20261231120000', want: 1_798_718_400 },
    { text: '1798718400', want: 1_798_718_400 },
    { text: 'tomorrow', want: Number.NaN },
  ])('the date $text', ({ text, want }) => expect(parseDate(text)).toBe(want));
});

describe('check-config --online', () => {
  test('a zone that needs an anchor: the lines for every kind of file', async () => {
    const { code, out } = await run('check-config', '--online', files.path('recursor.yml'));
    expect(code).toBe(0);
    expect(out).toContain('inside. a forward zone will be bogus');
    const ds = dsOf(inside.anchorsOf('inside.')[0]).toLowerCase();
    const lua = out.split('\n').find((line) => line.includes('recursor.lua:'));
    expect(lua?.toLowerCase()).toContain(`addta("inside", "${ds}")`);
    expect(out).toContain('recursor.conf: lua-config-file=');
    expect(out).toMatch(/recursor\.yml: {2}dnssec: \{trustanchors: \[\{name: inside, /);
  });
});
