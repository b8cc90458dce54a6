// Reading the configuration again while the program runs: all of it or nothing of it, and only what is affected is
// forgotten (POWERDNS 2.1, 2.4, 6, 9).
import { afterEach, describe, expect, test } from 'vitest';
import { allOptions } from '../../src/config/schema.ts';
import { reloadableOptions } from '../../src/daemon/reloadable.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { dsOf, type HomeNetwork, startHome, wrongDsOf } from './support/home-network.ts';

const started: HomeNetwork[] = [];
afterEach(async () => {
  for (const home of started.splice(0)) await home.close();
});

async function start(...args: Parameters<typeof startHome>): Promise<HomeNetwork> {
  const home = await startHome(...args);
  started.push(home);
  return home;
}

const homeArpa = nameOf('home.arpa.');
const right = dsOf('home.arpa.');
const wrong = wrongDsOf('home.arpa.');

interface Written {
  readonly ports: { readonly home: number; readonly lan: number };
  readonly anchor?: string;
  readonly more?: string;
  readonly homePort?: number;
  readonly moreRecursor?: string;
}

function yaml({ ports, anchor, more = '', homePort, moreRecursor = '' }: Written): string {
  const anchors = [
    ...(anchor === undefined ? [] : [`    - {name: home.arpa, dsrecords: ['${anchor}']}`]),
    `    - {name: lan, dsrecords: ['${dsOf('lan.')}']}`,
  ];
  return `
recursor:
  forward_zones:
    - {zone: home.arpa, forwarders: ['127.0.0.1:${homePort ?? ports.home}']}
    - {zone: lan, forwarders: ['127.0.0.1:${ports.lan}']}
${moreRecursor}
dnssec:
  trustanchors:
${anchors.join('\n')}
${more}
`;
}

describe('reload-yaml', () => {
  test('a corrected anchor is in force at once, and what is not affected stays cached', async () => {
    let text = (_anchor: string) => '';
    const home = await start((ports) => {
      text = (anchor) => yaml({ ports, anchor });
      return { 'recursor.yml': text(wrong) };
    });
    expect(await home.ask('nas.home.arpa.')).toBe('SERVFAIL');
    expect(await home.ask('www.lan.')).toBe('NOERROR ad 192.168.1.4');
    const before = home.asked('lan');
    home.write('recursor.yml', text(right));
    const { ok, text: told } = home.daemon.control.reloadConfig();
    expect(ok).toBe(true);
    expect(told.replace(/wiped \d+ records/, 'wiped N records')).toBe(
      [
        'Reloaded dynamic part of YAML configuration',
        `trust anchor of home.arpa: added ${right}, removed ${wrong}`,
        'wiped N records at and below home.arpa',
      ].join('\n'),
    );
    expect(await home.ask('nas.home.arpa.')).toBe('NOERROR ad 192.168.1.2');
    expect(await home.ask('www.lan.')).toBe('NOERROR ad 192.168.1.4');
    expect(home.asked('lan')).toBe(before);
  });

  test('nothing changed: nothing is wiped, and one line is printed', async () => {
    const home = await start((ports) => ({ 'recursor.yml': yaml({ ports, anchor: right }) }));
    await home.ask('nas.home.arpa.');
    const before = home.asked('home');
    expect(home.daemon.control.reloadConfig()).toEqual({
      ok: true,
      text: 'Reloaded dynamic part of YAML configuration',
    });
    expect(await home.ask('nas.home.arpa.')).toBe('NOERROR ad 192.168.1.2');
    expect(home.asked('home')).toBe(before);
  });

  const breakages: [name: string, change: (home: HomeNetwork, good: string) => void, want: RegExp][] = [
    [
      'a key that does not exist, in a file that also corrects an anchor',
      (home, good) => home.write('recursor.yml', good.replace('forward_zones:', 'forward_zoness:')),
      /recursor\.yml:3:3: .*did you mean/s,
    ],
    ['no YAML at all', (home) => home.write('recursor.yml', 'recursor: [\n'), /recursor\.yml:\d+:\d+: /],
    ['a file that is gone', (home) => home.remove('recursor.yml'), /recursor\.yml/],
    [
      'a zone file with an error',
      (home, good) => {
        home.write('recursor.yml', good.replace('dnssec:', `  auth_zones: [{zone: x.example, file: x.zone}]\ndnssec:`));
        home.write('x.zone', '@ SOA a b 1 2 3 4 5\n@ NS a\nwww A 1.2.3\n');
      },
      /x\.zone:3: /,
    ],
    [
      'an anchor file that is not there',
      (home, good) => home.write('recursor.yml', good.replace('dnssec:', 'dnssec:\n  trustanchorfile: none.key')),
      /none\.key: it does not exist/,
    ],
  ];
  for (const [name, change, want] of breakages) {
    test(`${name}: everything stays as it was`, async () => {
      let good = '';
      const home = await start((ports) => {
        good = yaml({ ports, anchor: right, more: '' });
        return { 'recursor.yml': yaml({ ports, anchor: wrong }) };
      });
      expect(await home.ask('nas.home.arpa.')).toBe('SERVFAIL');
      expect(await home.ask('www.lan.')).toBe('NOERROR ad 192.168.1.4');
      const anchors = home.daemon.control.trustAnchors();
      const settings = home.daemon.control.parameter('', 'current');
      const cached = home.asked('lan');
      change(home, good);
      const { ok, text } = home.daemon.control.reloadConfig();
      expect(ok).toBe(false);
      expect(text).toMatch(want);
      expect(home.lines.some((line) => line.startsWith('error') && line.includes('nothing is changed'))).toBe(true);
      expect(home.daemon.control.trustAnchors()).toEqual(anchors);
      expect(home.daemon.control.parameter('', 'current')).toBe(settings);
      expect(await home.ask('nas.home.arpa.')).toBe('SERVFAIL');
      expect(await home.ask('www.lan.')).toBe('NOERROR ad 192.168.1.4');
      expect(home.asked('lan')).toBe(cached);
    });
  }

  test('a forward zone that moves is asked where it is now, the others are not asked again', async () => {
    let moved = '';
    const home = await start((ports) => {
      moved = yaml({ ports, anchor: right });
      return { 'recursor.yml': yaml({ ports, anchor: right, homePort: 1 }) };
    });
    expect(await home.ask('nas.home.arpa.')).toBe('SERVFAIL');
    await home.ask('www.lan.');
    const before = home.asked('lan');
    home.write('recursor.yml', moved);
    const { ok, text } = home.daemon.control.reloadConfig();
    expect(ok).toBe(true);
    expect(text).toContain(`forward zone home.arpa: asks 127.0.0.1#${home.homePort} instead of 127.0.0.1#1`);
    expect(await home.ask('nas.home.arpa.')).toBe('NOERROR ad 192.168.1.2');
    await home.ask('www.lan.');
    expect(home.asked('lan')).toBe(before);
  }, 20_000);

  test('switches are taken over; what needs a restart is named and stays', async () => {
    let text = '';
    const home = await start((ports) => {
      text = yaml({ ports, anchor: right });
      return { 'recursor.yml': text };
    });
    home.write(
      'recursor.yml',
      `${text}\n  log_bogus: true\nlogging: {quiet: false}\noutgoing: {network_timeout: 700}\n`,
    );
    const { ok, text: told } = home.daemon.control.reloadConfig();
    expect(ok).toBe(true);
    expect(told).toContain('dnssec.log_bogus: false is now true');
    expect(told).toContain('logging.quiet: true is now false');
    expect(told).toContain('outgoing.network_timeout has changed: restart kedge for it to take effect');
    expect(home.daemon.control.parameter('network-timeout', 'current')).toBe('network-timeout=1500');
    expect(home.daemon.control.setLogBogus(false)).toBe(true);
    await home.ask('nas.home.arpa.');
    expect(home.lines.some((line) => line.includes('question name=nas.home.arpa.'))).toBe(true);
  });
});

describe('reload-lua-config', () => {
  const lua = (anchor: string) => `addTA("home.arpa", "${anchor}")\naddTA("lan", "${dsOf('lan.')}")\n`;
  const withLua = (ports: Written['ports']) =>
    `recursor:
  lua_config_file: recursor.lua
  forward_zones:
    - {zone: home.arpa, forwarders: ['127.0.0.1:${ports.home}']}
    - {zone: lan, forwarders: ['127.0.0.1:${ports.lan}']}
`;

  test('the file is run again, and an error names file and line (POWERDNS 9.4)', async () => {
    const home = await start((ports) => ({ 'recursor.yml': withLua(ports), 'recursor.lua': lua(right) }));
    expect(await home.ask('nas.home.arpa.')).toBe('NOERROR ad 192.168.1.2');
    const file = home.path('recursor.lua');
    home.write('recursor.lua', lua(wrong));
    const changed = home.daemon.control.reloadConfig();
    expect(changed.text.split('\n')[0]).toBe(
      `Reloaded dynamic parts of YAML configuration and Lua configuration file '${file}'`,
    );
    expect(await home.ask('nas.home.arpa.')).toBe('SERVFAIL');
    home.write('recursor.lua', `${lua(right)}addTA("home.arpa", "1 2 3 zz")\n`);
    const failed = home.daemon.control.reloadConfig();
    expect(failed.ok).toBe(false);
    expect(failed.text).toMatch(`Unable to load Lua script from '${file}': ${file}:3: `);
    expect(await home.ask('nas.home.arpa.')).toBe('SERVFAIL');
  });

  test('another file is the one from now on; one that fails is not', async () => {
    const home = await start((ports) => ({
      'recursor.yml': withLua(ports),
      'recursor.lua': lua(wrong),
      'other.lua': lua(right),
      'broken.lua': 'addTA(',
    }));
    expect(await home.ask('nas.home.arpa.')).toBe('SERVFAIL');
    const other = home.path('other.lua');
    expect(home.daemon.control.reloadConfig(other).text).toContain(`Lua configuration file '${other}'`);
    expect(await home.ask('nas.home.arpa.')).toBe('NOERROR ad 192.168.1.2');
    expect(home.daemon.control.reloadConfig(home.path('broken.lua')).text).toContain(
      `Unable to load Lua script from '${home.path('broken.lua')}': `,
    );
    expect(home.daemon.control.reloadConfig().text).toContain(`Lua configuration file '${other}'`);
    expect(await home.ask('nas.home.arpa.')).toBe('NOERROR ad 192.168.1.2');
  });
});

describe('reload-zones and reload-acls', () => {
  test('take over nothing but what they are about', async () => {
    let both = '';
    const home = await start((ports) => {
      both = yaml({
        ports,
        anchor: right,
        more: 'incoming: {allow_from: [127.0.0.1, 192.0.2.0/24]}',
        moreRecursor: '  auth_zones: [{zone: x.example, file: x.zone}]',
      });
      return {
        'recursor.yml': yaml({ ports, anchor: wrong }),
        'x.zone': '@ SOA a b 1 2 3 4 5\n@ NS a\nwww A 192.0.2.7\n',
      };
    });
    const { control } = home.daemon;
    home.write('recursor.yml', both);
    expect(control.reloadAcls()).toEqual({ ok: true, text: expect.stringContaining('incoming.allow_from: ') });
    expect(await home.ask('nas.home.arpa.')).toBe('SERVFAIL');
    expect(await home.ask('www.x.example.')).not.toContain('192.0.2.7');
    expect(control.reloadZones().ok).toBe(true);
    expect(await home.ask('www.x.example.')).toBe('NOERROR 192.0.2.7');
    expect(await home.ask('nas.home.arpa.')).toBe('SERVFAIL');
    home.write('x.zone', '@ SOA a b 2 2 3 4 5\n@ NS a\nwww A 192.0.2.8\n');
    expect(control.reloadZones().ok).toBe(true);
    expect(await home.ask('www.x.example.')).toBe('NOERROR 192.0.2.8');
    home.write('x.zone', 'www A 192.0.2.9\n');
    expect(control.reloadZones()).toEqual({ ok: false, text: expect.stringContaining('x.zone') });
    expect(await home.ask('www.x.example.')).toBe('NOERROR 192.0.2.8');
    expect(control.reloadAcls().ok).toBe(true);
  });

  test('a client that may no longer ask is refused at once', async () => {
    let text = '';
    const home = await start((ports) => {
      text = `${yaml({ ports, anchor: right })}\nkedge: {refuse_unauthorised: true}\n`;
      return { 'recursor.yml': text };
    });
    expect(await home.ask('nas.home.arpa.')).toBe('NOERROR ad 192.168.1.2');
    home.write('recursor.yml', `${text}\nincoming: {allow_from: [192.0.2.0/24]}\n`);
    expect(home.daemon.control.reloadAcls().ok).toBe(true);
    expect(await home.ask('nas.home.arpa.')).toBe('REFUSED');
  });
});

describe('anchors set by commands', () => {
  test('act at once, are listed, and are lost with a reload that says so (POWERDNS 9.7)', async () => {
    const home = await start((ports) => ({ 'recursor.yml': yaml({ ports }) }));
    const { control } = home.daemon;
    expect(await home.ask('nas.home.arpa.')).not.toContain('ad');
    expect(control.addTrustAnchor(homeArpa, `home.arpa. IN DS ${right}`).ok).toBe(true);
    expect(await home.ask('nas.home.arpa.')).toBe('NOERROR ad 192.168.1.2');
    expect(control.trustAnchors().find(({ zone }) => zone.equals(homeArpa))?.ds).toEqual([right]);
    const { text } = control.reloadConfig();
    expect(text).toContain(`trust anchor of home.arpa: removed ${right}`);
    expect(text).toContain(`trust anchor of home.arpa added at run time is lost: ${right}`);
    expect(home.lines.some((line) => line.startsWith('warn') && line.includes('added at run time is lost'))).toBe(true);
    expect(control.trustAnchors().find(({ zone }) => zone.equals(homeArpa))).toBeUndefined();
  });

  test('only what is lost is reported', async () => {
    const home = await start((ports) => ({ 'recursor.yml': yaml({ ports, anchor: right }) }));
    const { control } = home.daemon;
    const lan = nameOf('other.lan.');
    control.addTrustAnchor(lan, right);
    control.clearTrustAnchor(lan);
    control.clearTrustAnchor(homeArpa);
    control.addTrustAnchor(homeArpa, right);
    control.addNegativeTrustAnchor(lan, 'x');
    control.clearNegativeTrustAnchor(lan);
    expect(control.reloadConfig().text).not.toContain('lost');
    control.clearTrustAnchor(homeArpa);
    expect(control.reloadConfig().text).toContain('the removal of the trust anchor of home.arpa is lost');
    expect(await home.ask('nas.home.arpa.')).toBe('NOERROR ad 192.168.1.2');
  });

  test('a wrong one is refused with the reason, and changes nothing', async () => {
    const home = await start((ports) => ({ 'recursor.yml': yaml({ ports, anchor: right }) }));
    const { control } = home.daemon;
    const before = control.trustAnchors();
    expect(control.addTrustAnchor(homeArpa, '12345 13 2 4a3b...').text).toContain('...');
    expect(control.trustAnchors()).toEqual(before);
  });

  test('a negative anchor is set, listed and cleared', async () => {
    const home = await start((ports) => ({ 'recursor.yml': yaml({ ports, anchor: wrong }) }));
    const { control } = home.daemon;
    expect(await home.ask('nas.home.arpa.')).toBe('SERVFAIL');
    control.addNegativeTrustAnchor(homeArpa, 'repaired soon');
    expect(await home.ask('nas.home.arpa.')).toBe('NOERROR 192.168.1.2');
    expect(control.negativeTrustAnchors()).toMatchObject([{ zone: homeArpa, reason: 'repaired soon' }]);
    expect(control.clearNegativeTrustAnchor(homeArpa)).toBe(true);
    expect(control.clearNegativeTrustAnchor(homeArpa)).toBe(false);
    expect(await home.ask('nas.home.arpa.')).toBe('SERVFAIL');
    control.addNegativeTrustAnchor(homeArpa, '');
    control.clearAllNegativeTrustAnchors();
    expect(control.negativeTrustAnchors()).toEqual([]);
    expect(control.clearTrustAnchor(homeArpa)).toBe(true);
    expect(control.clearTrustAnchor(homeArpa)).toBe(false);
  });
});

describe('what is known', () => {
  test('is wiped by name, tree and type', async () => {
    const home = await start((ports) => ({ 'recursor.yml': yaml({ ports, anchor: right }) }));
    const { control } = home.daemon;
    for (const name of ['nas', 'printer', 'none']) await home.ask(`${name}.home.arpa.`);
    await home.ask('www.lan.');
    expect(control.wipeCache(nameOf('nas.home.arpa.'), false, 28)).toMatchObject({ records: 0 });
    expect(control.wipeCache(nameOf('NAS.home.arpa.'), false)).toEqual({ records: 1, negativeRecords: 0, packets: 0 });
    const tree = control.wipeCache(homeArpa, true);
    expect(tree).toMatchObject({ negativeRecords: 1, packets: 0 });
    expect(tree.records).toBeGreaterThanOrEqual(2);
    const before = home.asked('lan');
    expect(await home.ask('www.lan.')).toBe('NOERROR ad 192.168.1.4');
    expect(home.asked('lan')).toBe(before);
  });

  test('is dumped as PowerDNS does', async () => {
    const home = await start((ports) => ({ 'recursor.yml': yaml({ ports, anchor: right }) }));
    await home.ask('nas.home.arpa.');
    await home.ask('none.home.arpa.');
    const { lines, count } = home.daemon.control.dump('cache', 'rnpa');
    const text = [...lines];
    expect(text).toContainEqual(
      expect.stringMatching(
        /^nas\.home\.arpa\. 3600 3\d\d\d IN A 192\.168\.1\.2 ; \(Secure\) auth=1 zone=home\.arpa\. from=127\.0\.0\.1 nm= rtag= ss=0$/,
      ),
    );
    expect(text).toContainEqual(
      expect.stringMatching(/^none\.home\.arpa\. \d+ IN TYPE0 VIA home\.arpa\. ; \(Secure\) origttl=\d+ ss=0$/),
    );
    for (const header of ['main record cache', 'negcache', 'main packet cache']) {
      expect(text).toContain(`; ${header} dump follows`);
    }
    expect(count()).toBeGreaterThan(2);
    const speeds = home.daemon.control.dump('nsspeeds', '');
    expect([...speeds.lines]).toContainEqual(expect.stringMatching(/^127\.0\.0\.1\t.*\t127\.0\.0\.1\/[\d.]+\/[\d.]+$/));
    expect(speeds.count()).toBeGreaterThan(0);
    const others = [
      'throttlemap',
      'failedservers',
      'edns',
      'non-resolving',
      'saved-parent-ns-sets',
      'cookies',
    ] as const;
    for (const what of others) expect([...home.daemon.control.dump(what, '').lines][0]).toMatch(/^; .* follows$/);
  });

  test('a trace shows the steps of matching queries until it is ended', async () => {
    const home = await start((ports) => ({ 'recursor.yml': yaml({ ports, anchor: right }) }));
    const { control } = home.daemon;
    const lines: string[] = [];
    const end = control.trace(/^nas\.home\.arpa\.$/, (line) => lines.push(line));
    await home.ask('www.lan.');
    expect(lines).toEqual([]);
    await home.ask('nas.home.arpa.');
    expect(lines[0]).toBe('[2] question: nas.home.arpa. A');
    expect(lines.at(-1)).toMatch(/^\[2\] answer: NOERROR, secure, AD; /);
    end();
    expect(control.endTrace()).toBe(false);
    const { length } = lines;
    await home.ask('nas.home.arpa.');
    expect(lines).toHaveLength(length);
  });

  test('with logging.trace: fail only failing queries are written to the log', async () => {
    const home = await start((ports) => ({
      'recursor.yml': yaml({ ports, anchor: wrong, more: 'logging: {trace: fail}' }),
    }));
    await home.ask('www.lan.');
    expect(home.lines.filter((line) => line.startsWith('info  trace'))).toEqual([]);
    await home.ask('nas.home.arpa.');
    const steps = home.lines.filter((line) => line.startsWith('info  trace'));
    expect(steps.length).toBeGreaterThan(3);
    expect(steps.every((line) => line.includes('nas.home.arpa. A'))).toBe(true);
  });
});

describe('numbers that are set', () => {
  test('sizes and the least TTL take effect', async () => {
    const home = await start((ports) => ({ 'recursor.yml': yaml({ ports, anchor: right }) }));
    const { control } = home.daemon;
    await home.ask('nas.home.arpa.');
    for (const what of ['minimum-ttl', 'max-cache-entries', 'max-aggr-nsec-cache-size'] as const) {
      expect(control.setTunable(what, 1000)).toEqual({ ok: true, text: '' });
    }
    expect(control.parameter('minimum-ttl-override', 'current')).toBe('minimum-ttl-override=1000');
    expect(home.daemon.metrics.value('max_cache_entries')).toBe(1000);
    const before = home.asked('home');
    expect(await home.ask('nas.home.arpa.')).toBe('NOERROR ad 192.168.1.2');
    expect(home.asked('home')).toBe(before);
  });
});

test('the options that can be reloaded are those that the option table says', () => {
  const inTable = allOptions.filter(({ option }) => option.reloadable === true && option.effect === 'yes');
  expect([...reloadableOptions].sort()).toEqual(inTable.map(({ path }) => path).sort());
});

describe('the end', () => {
  test('nicely: the query under way is answered first', async () => {
    const ended: number[] = [];
    const home = await start((ports) => ({ 'recursor.yml': yaml({ ports, anchor: right }) }), {
      onQuit: () => ended.push(performance.now()),
    });
    let isAnswered = false;
    const answer = home.ask('nas.home.arpa.').finally(() => {
      isAnswered = true;
    });
    // Until the query has arrived, and is under way or done.
    while (!isAnswered && home.daemon.control.currentQueries().length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    home.daemon.control.quit(true);
    expect(await answer).toBe('NOERROR ad 192.168.1.2');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(ended).toHaveLength(1);
  });
});
