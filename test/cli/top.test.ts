// `kedge top`: the picture from an overview, and the command against a real control socket.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { overviewScreen, type ScreenStyle } from '../../src/cli/top/screen.ts';
import { ControlServer } from '../../src/control/control-server.ts';
import { controlSocketPath } from '../../src/control/socket-path.ts';
import type { Overview } from '../../src/web/target.ts';
import { fakeTarget } from '../control/support/fake-target.ts';

const overview: Overview = {
  version: '1.2.3',
  now: '2026-11-22T12:34:56.789Z',
  startedAt: '2026-11-20T11:34:56Z',
  uptimeSeconds: 2 * 86_400 + 3600,
  threads: 2,
  queries: {
    total: 1_234_567,
    perSecond: 812.4,
    tcp: 12_346,
    ipv6: 0,
    byType: [
      { type: 'A', count: 750 },
      { type: 'AAAA', count: 250 },
    ],
    rcodes: { noerror: 900, nxdomain: 95, servfail: 5 },
  },
  cache: {
    hits: 930,
    misses: 70,
    replyHits: 465,
    hitShare: 0.93,
    entries: 12_345,
    maxEntries: 1_000_000,
    replyEntries: 10,
    negativeEntries: 3,
    denialEntries: 4,
  },
  verdicts: { secure: 60, insecure: 38, bogus: 2, indeterminate: 0, nta: 0 },
  latency: { averageMs: 1.234, p50Ms: 1, p99Ms: null, buckets: [] },
  upstream: { queries: 100, timeouts: 20, tcp: 1 },
  process: { rssBytes: 80 * 2 ** 20, cpuSeconds: 1764 },
  series: [0, 5, 10].map((queries) => ({
    at: '2026-11-22T12:34:50Z',
    queries,
    hits: 0,
    bogus: 0,
    servfail: 0,
    latencyMs: null,
  })),
  slowServers: [{ server: '192.0.2.1#53', rttMs: 250, zones: ['home.arpa.'] }],
  failingZones: [{ zone: 'bad.example.', count: 3, cause: 'rrsig-expired', last: '2026-11-22T12:00:01Z' }],
};

const plain: ScreenStyle = { unicode: false, color: false };

describe('the picture', () => {
  test('has every number once, with its unit', () => {
    expect(overviewScreen(overview, { columns: 100, rows: undefined }, plain)).toEqual([
      'kedge 1.2.3   up 2 d 01:00:00   2026-11-22 12:34:56Z',
      '',
      'Queries    812/s   1 234 567 in all   TCP 1.0 %   IPv6 0 %',
      'Replies    NOERROR 90 %   NXDOMAIN 9.5 %   SERVFAIL 0.5 %',
      'Cache      93 % hits   50 % of them as ready replies   12 345 of 1 000 000 entries',
      'Verdicts   secure 60 %   insecure 38 %   bogus 2.0 % (2)   indeterminate 0 %   negative anchor 0 %',
      'Latency    mean 1.23 ms   half within 1.00 ms   99 % within -',
      'Upstream   100 queries   20 % timed out   TCP 1.0 %',
      'Process    80 MiB   CPU 1764.0 s (1.0 %)   2 threads',
      'Types      A 75 %  AAAA 25 %',
      'Lately     _+#',
      '',
      'Failing zones',
      '  bad.example.  3 times, rrsig-expired, last 12:00:01',
      '',
      'Slow servers',
      '  192.0.2.1#53  250 ms  for home.arpa.',
    ]);
  });

  test('colours count for nothing, and mark what is wrong', () => {
    const lines = overviewScreen(overview, { columns: 60, rows: 24 }, { unicode: true, color: true });
    const verdicts = lines.find((line) => line.startsWith('Verdicts')) ?? '';
    expect(verdicts).toContain('\x1b[31mbogus 2.0 % (2)\x1b[0m');
    expect(lines.some((line) => line.endsWith('▁▅█'))).toBe(true);
    const bare = lines.map((line) => stripVTControlCharacters(line));
    expect(Math.max(...bare.map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  const sizes = [1, 2, 5, 11, 12, 13, 14, 15, 16, 17, 40].flatMap((rows) =>
    [1, 10, 40, 200].map((columns) => ({ rows, columns })),
  );
  test.each(sizes)('fits into $rows rows of $columns columns', ({ rows, columns }) => {
    const many = Array.from({ length: 30 }, (_, index) => ({
      zone: `${index}.example.`,
      count: 1,
      cause: 'x',
      last: '',
    }));
    const lines = overviewScreen({ ...overview, failingZones: many }, { columns, rows }, plain);
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  });

  test('of a program that has done nothing yet', () => {
    const nothing: Overview = {
      ...overview,
      queries: {
        ...overview.queries,
        total: 0,
        perSecond: 0,
        tcp: 0,
        byType: [],
        rcodes: { noerror: 0, nxdomain: 0, servfail: 0 },
      },
      verdicts: { secure: 0, insecure: 0, bogus: 0, indeterminate: 0, nta: 0 },
      upstream: { queries: 0, timeouts: 0, tcp: 0 },
      series: [],
      slowServers: [],
      failingZones: [],
    };
    const text = overviewScreen(nothing, { columns: 100, rows: undefined }, plain).join('\n');
    expect(text).toContain('secure -');
    expect(text).toContain('nothing was asked yet');
    expect(text).toContain('the first numbers come in a few seconds');
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('control characters from anywhere are shown, not obeyed', () => {
    const zone = 'a\x1b[2Jb.';
    const failingZones = [{ zone, count: 1, cause: 'x', last: '' }];
    const text = overviewScreen({ ...overview, failingZones }, { columns: 100, rows: undefined }, plain).join('');
    expect(text).toContain('a\\u001b[2Jb.');
  });
});

describe('the command', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kedge-top-'));
  let answer = JSON.stringify(overview);
  let server: ControlServer | undefined;
  beforeAll(async () => {
    const target = Object.assign(fakeTarget(), { overview: () => answer });
    server = await ControlServer.open({ path: controlSocketPath(directory, ''), target });
  });
  afterAll(() => {
    server?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const written = { out: '', err: '' };
    const code = await main(['top', ...args], {
      out: (text) => {
        written.out += text;
      },
      error: (text) => {
        written.err += text;
      },
    });
    return { code, ...written };
  }

  test('without a screen the picture is printed once', async () => {
    const { code, out } = await run('--socket-dir', directory);
    expect(code).toBe(0);
    expect(out).toContain('Queries    812/s   1 234 567 in all');
  });

  test('JSON is what the program said', async () => {
    const { code, out } = await run('--socket-dir', directory, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(overview);
  });

  test('an answer that is no overview', async () => {
    const before = answer;
    answer = '{"queries":1}';
    const { code, err } = await run('--socket-dir', directory);
    answer = before;
    expect(code).toBe(1);
    expect(err).toContain('{"queries":1}');
  });

  test('nobody there', async () => {
    const { code, err } = await run('--socket-dir', join(directory, 'nothing'));
    expect(code).toBe(1);
    expect(err).toMatch(/^kedge top: Unable to connect .*--socket-dir says where/);
  });

  test.each(['0', 'x', '-1', '1e9'])('an interval of %s seconds is wrong usage', async (interval) => {
    const { code, err } = await run(`--interval=${interval}`, '--socket-dir', directory);
    expect(code).toBe(2);
    expect(err).toContain('--interval takes seconds');
  });
});
