// Each control command against a target of little content: what it prints, byte for byte (POWERDNS 6), and what it does.
import { describe, expect, test } from 'vitest';
import type { CallersFile, CommandAnswer } from '../../src/control/command.ts';
import { commandNamed, commands, helpText, runCommand } from '../../src/control/commands.ts';
import { Traces } from '../../src/control/traces.ts';
import { fakeTarget } from './support/fake-target.ts';

interface Written extends CallersFile {
  text: string;
}

function keptFile(gone: Promise<void> = new Promise(() => {})): Written {
  return {
    text: '',
    backlogOctets: 0,
    gone,
    async write(text) {
      this.text += text;
      return true;
    },
  };
}

async function run(line: string, target = fakeTarget()): Promise<CommandAnswer & { file: string; calls: string[] }> {
  const file = keptFile();
  const words = line.split(' ').filter((word) => word !== '');
  const answer = await runCommand(words, target, file, new Traces());
  answer.afterwards?.();
  return { ...answer, file: file.text, calls: target.calls };
}

interface Row {
  readonly line: string;
  readonly text: string;
  readonly exit?: 0 | 1;
  readonly calls?: readonly string[];
  readonly file?: string;
}

const rows: readonly Row[] = [
  { line: 'ping', text: 'pong main\npong worker\n' },
  { line: 'PING', text: 'pong main\npong worker\n' },
  { line: 'version', text: 'kedge 1.2.3\n' },
  { line: 'quit', text: 'bye\n', calls: ['quit false'] },
  { line: 'quit-nicely', text: 'bye nicely\n', calls: ['quit true'] },
  { line: 'stop', text: 'bye nicely\n', calls: ['quit true'] },
  { line: 'Frobnicate now', text: "Unknown command 'frobnicate', try 'help'\n", exit: 1 },
  { line: '', text: 'invalid command\n', exit: 1 },

  { line: 'overview', text: '{"overview":1}\n' },
  { line: 'get questions', text: '12\n' },
  { line: 'get questions nonsense cache_hits', text: '12\nUNKNOWN\n7\n' },
  { line: 'get', text: '' },
  { line: 'get-all', text: 'cache-hits\t7\nquestions\t12\nx-our-latency\t55\n' },

  { line: 'get-parameter dnssec', text: 'dnssec=process\n' },
  { line: 'get-default-parameter dnssec', text: 'dnssec=validate\n' },
  { line: 'get-parameter incoming', text: 'incoming:\n  port: 53\n' },
  { line: 'get-parameter', text: 'dnssec:\n  validation: process\n' },
  { line: 'get-parameter nonsense dnssec', text: 'nonsense not known\ndnssec=process\n', exit: 1 },

  {
    line: 'get-tas',
    text: 'Configured Trust Anchors:\n.\n\t\t20326 8 2 e06d\n\t\t38696 8 2 683d\nhome.arpa\n\t\t12345 13 2 4a3b\n',
  },
  {
    line: 'add-ta home.arpa 12345 13 2 4a3b',
    text: 'Added Trust Anchor for home.arpa with data 12345 13 2 4a3b \n',
    calls: ['addTrustAnchor home.arpa. 12345 13 2 4a3b'],
  },
  { line: 'add-ta . 1', text: 'Added Trust Anchor for . with data 1 \n', calls: ['addTrustAnchor . 1'] },
  { line: 'add-ta home.arpa', text: 'Unable to add Trust Anchor for home.arpa: a DS has four fields\n', exit: 1 },
  { line: 'add-ta', text: 'No TA specified, doing nothing\n', exit: 1, calls: [] },
  {
    line: 'add-ta a..b 1 2 3 4',
    text: "Can't add Trust Anchor: 'a..b': the name has an empty label\n",
    exit: 1,
    calls: [],
  },
  {
    line: 'clear-ta home.arpa other.example.',
    text: 'Removed Trust Anchor(s) for home.arpa other.example\n',
    calls: ['clearTrustAnchor home.arpa.', 'clearTrustAnchor other.example.'],
  },
  {
    line: 'clear-ta home.arpa .',
    text: 'Refusing to remove root Trust Anchor, no Anchors removed\n',
    exit: 1,
    calls: [],
  },
  { line: 'clear-ta', text: 'No Trust Anchor to clear\n', exit: 1 },
  {
    line: 'clear-ta good.example bad..example',
    text: "Error: 'bad..example': the name has an empty label. No Anchors removed\n",
    exit: 1,
    calls: [],
  },

  { line: 'get-ntas', text: 'Configured Negative Trust Anchors:\nfebruary.local\twhy\nquiet.example\t\n' },
  {
    line: 'add-nta february.local the DS is wrong',
    text: "Added Negative Trust Anchor for february.local with reason 'the DS is wrong'\n",
    calls: ["addNegativeTrustAnchor february.local. 'the DS is wrong'"],
  },
  {
    line: 'add-nta a\\.b.example',
    text: "Added Negative Trust Anchor for a\\.b.example with reason ''\n",
    calls: ["addNegativeTrustAnchor a\\.b.example. ''"],
  },
  { line: 'add-nta', text: 'No NTA specified, doing nothing\n', exit: 1 },
  { line: 'add-nta x..', text: "Can't add Negative Trust Anchor: 'x..': the name has an empty label\n", exit: 1 },
  {
    line: 'clear-nta february.local',
    text: 'Removed Negative Trust Anchors for  february.local\n',
    calls: ['clearNegativeTrustAnchor february.local.'],
  },
  { line: 'clear-nta a b', text: 'Removed Negative Trust Anchors for  a b\n' },
  { line: 'clear-nta *', text: 'Cleared all Negative Trust Anchors.\n', calls: ['clearAllNegativeTrustAnchors'] },
  {
    line: 'clear-nta a *',
    text: "Don't mix all Negative Trust Anchor removal with multiple Negative Trust Anchor removal. Nothing removed\n",
    exit: 1,
    calls: [],
  },
  { line: 'clear-nta', text: 'No Negative Trust Anchor specified, doing nothing.\n', exit: 1 },
  {
    line: 'clear-nta ..',
    text: "Error: '..': the name has an empty label. No Negative Anchors removed\n",
    exit: 1,
  },

  { line: 'set-dnssec-log-bogus on', text: 'DNSSEC Bogus logging enabled\n' },
  { line: 'set-dnssec-log-bogus no', text: 'DNSSEC Bogus logging was already disabled\n' },
  { line: 'set-dnssec-log-bogus', text: 'No DNSSEC Bogus logging setting specified\n', exit: 1 },
  { line: 'set-dnssec-log-bogus maybe', text: "Unknown DNSSEC Bogus setting: 'maybe'\n", exit: 1 },
  { line: 'list-dnssec-algos', text: 'RSASHA1(disabled) RSASHA256\n' },

  { line: 'reload-lua-config', text: 'Reloaded dynamic part of YAML configuration\n' },
  { line: 'reload-yaml', text: 'Reloaded dynamic part of YAML configuration\n' },
  { line: 'reload-lua-config /x.lua', text: 'Reloaded dynamic part of YAML configuration /x.lua\n' },
  { line: 'reload-zones', text: 'ok\n' },
  { line: 'reload-acls', text: "recursor.conf:3: '10.0.0.0/40' is no network\n", exit: 1 },

  {
    line: 'wipe-cache home.arpa',
    text: 'wiped 3 records, 2 negative records, 0 packets\n',
    calls: ['wipeCache home.arpa. false undefined'],
  },
  {
    line: 'flushname home.arpa$ .$',
    text: 'wiped 6 records, 4 negative records, 0 packets\n',
    calls: ['wipeCache home.arpa. true undefined', 'wipeCache . true undefined'],
  },
  { line: 'wipe-cache', text: 'wiped 0 records, 0 negative records, 0 packets\n' },
  {
    line: 'wipe-cache good.example bad..example',
    text: "Error: 'bad..example': the name has an empty label, nothing wiped\n",
    exit: 1,
    calls: [],
  },
  {
    line: 'wipe-cache-typed aaaa x.example$',
    text: 'wiped 3 records, 2 negative records, 0 packets\n',
    calls: ['wipeCache x.example. true 28'],
  },
  { line: 'wipe-cache-typed', text: 'Need a qtype\n', exit: 1 },
  { line: 'wipe-cache-typed NOTYPE x', text: 'Unknown qtype NOTYPE\n', exit: 1 },

  { line: 'dump-cache F', text: 'dumped 1 records\n', calls: ['dump cache rnpa'], file: '; first\nsecond\n' },
  { line: 'dump-cache F n a', text: 'dumped 1 records\n', calls: ['dump cache na'] },
  { line: 'dump-cache F z', text: "'z' is no part of the cache: r, n, p or a\n", exit: 1, calls: [] },
  { line: 'dump-cache', text: 'Command needs a file argument\n', exit: 1 },
  { line: 'dump-nsspeeds F', text: 'dump-nsspeeds: dumped 1 records\n', calls: ['dump nsspeeds '] },
  { line: 'dump-edns F', text: 'dump-edns: dumped 1 records\n', calls: ['dump edns '] },
  { line: 'dump-ednsstatus F', text: 'dump-ednsstatus: dumped 1 records\n', calls: ['dump edns '] },
  { line: 'dump-throttlemap F', text: 'dump-throttlemap: dumped 1 records\n' },
  { line: 'dump-failedservers F', text: 'dump-failedservers: dumped 1 records\n' },
  { line: 'dump-rpz zone F', text: 'No RPZ zone named zone\n', exit: 1 },

  { line: 'trace-regex', text: 'unset\n', calls: ['endTrace'] },
  { line: 'trace-regex x', text: 'Command needs two arguments\n', exit: 1 },

  {
    line: 'top-bogus-queries',
    text: 'Over last 8 entries:\n62.50%\twww.home.arpa|A\n25.00%\thome.arpa|MX\n12.50%\tx.home.arpa|AAAA\n\n0.00%\trest\n',
  },
  { line: 'top-remotes', text: 'No qualifying data available\n' },
  {
    line: 'current-queries',
    text: [
      '1 currently outstanding questions',
      'qname                                   qtype  remote          tcp  chained   spent(ms)',
      'www.example                             AAAA   192.0.2.1       n    n         13',
      ' - done',
      '',
    ].join('\n'),
  },
  { line: 'get-qtypelist', text: 'A\t9\nTYPE65280\t1\n' },

  { line: 'explain www.test', text: '{"explained":"www.test. 1"}\n' },
  { line: 'explain www.test AAAA', text: '{"explained":"www.test. 28"}\n' },
  { line: 'explain', text: 'explain needs a name, and may have a type\n', exit: 1 },
  { line: 'explain a..b', text: "'a..b': the name has an empty label\n", exit: 1 },
  { line: 'explain www.test NONSENSE', text: "'NONSENSE' is no type\n", exit: 1 },

  { line: 'set-minimum-ttl 60', text: 'New minimum TTL: 60\n', calls: ['setTunable minimum-ttl 60'] },
  { line: 'set-minimum-ttl', text: 'Need to supply new minimum TTL number\n', exit: 1 },
  {
    line: 'set-minimum-ttl -1',
    text: "Error parsing the new minimum TTL number: '-1' is no whole number\n",
    exit: 1,
    calls: [],
  },
  { line: 'set-max-cache-entries 5000', text: 'New max cache entries: 5000\n' },
  { line: 'set-max-packetcache-entries 1', text: 'Packet cache is disabled\n', exit: 1 },
  { line: 'set-max-aggr-nsec-cache-size 9', text: 'New aggressive NSEC cache size: 9\n' },
  { line: 'set-aggr-nsec-cache-size 9', text: 'New aggressive NSEC cache size: 9\n' },
  { line: 'set-ecs-minimum-ttl 60', text: 'New minimum ECS TTL: 60\nthis has no effect in kedge\n' },
  { line: 'set-carbon-server', text: 'cleared carbon-server setting\nthis has no effect in kedge\n' },
  { line: 'get-proxymapping-stats', text: 'subnet\t\t\tmatches\tsuffixmatches\n' },
  { line: 'reload-lua-script', text: 'Lua hooks (lua-dns-script) are not supported, nothing reloaded\n', exit: 1 },

  {
    line: 'add-dont-throttle-names NS1.example. ns2.example',
    text: 'Added ns1.example, ns2.example to the list of nameserver names that may not be throttled\n',
  },
  { line: 'add-dont-throttle-names', text: 'No names specified, keeping existing list\n', exit: 1 },
  {
    line: 'add-dont-throttle-netmasks 192.0.2.0/24 2001:db8::1',
    text: 'Added 192.0.2.0/24, 2001:db8::1/128 to the list of nameserver netmasks that may not be throttled\n',
  },
  {
    line: 'add-dont-throttle-netmasks 192.0.2.0/33',
    text: "Problem parsing '192.0.2.0/33': it is no network such as 192.0.2.0/24 or 2001:db8::/32, nothing added\n",
    exit: 1,
  },
  {
    line: 'clear-dont-throttle-names *',
    text: 'Cleared list of nameserver names that may not be throttled\n',
  },
  {
    line: 'clear-dont-throttle-names a *',
    text: "Please don't mix '*' with other names, nothing removed\n",
    exit: 1,
  },
  { line: 'get-dont-throttle-names', text: '\n' },
  { line: 'hash-password', text: 'hash-password is done by the tool, not by the program\n', exit: 1 },
];

describe('commands', () => {
  for (const { line, text, exit = 0, calls, file } of rows) {
    test(`${line || 'nothing'}: exit ${exit}`, async () => {
      const result = await run(line);
      expect(result.text).toBe(text);
      expect(result.exit).toBe(exit);
      if (calls !== undefined) expect(result.calls).toEqual(calls);
      if (file !== undefined) expect(result.file).toBe(file);
    });
  }
});

describe('with dnssec=off anchors cannot be changed', () => {
  const off: readonly [line: string, text: string][] = [
    ['get-tas', 'DNSSEC is disabled in the configuration\n'],
    ['get-ntas', 'DNSSEC is disabled in the configuration\n'],
    ['add-ta x 1', 'DNSSEC is disabled in the configuration, not adding a Trust Anchor\n'],
    ['clear-ta x', 'DNSSEC is disabled in the configuration, not removing a Trust Anchor\n'],
    ['add-nta x', 'DNSSEC is disabled in the configuration, not adding a Negative Trust Anchor\n'],
    ['clear-nta x', 'DNSSEC is disabled in the configuration, not removing a Negative Trust Anchor\n'],
    ['set-dnssec-log-bogus on', 'DNSSEC is disabled in the configuration, not changing the Bogus logging setting\n'],
  ];
  for (const [line, text] of off) {
    test(line, async () => {
      expect(await run(line, fakeTarget({ hasDnssec: false }))).toMatchObject({ exit: 1, text, calls: [] });
    });
  }
});

describe('top lists', () => {
  test('twenty lines, and the rest', async () => {
    const entries = Array.from({ length: 30 }, (_, index) => ({ text: `192.0.2.${index}`, count: 1 }));
    const { text } = await run('top-remotes', fakeTarget({ ranking: () => ({ total: 30, entries }) }));
    const lines = text.split('\n');
    expect(lines).toHaveLength(24);
    expect(lines.slice(0, 2)).toEqual(['Over last 30 entries:', '3.33%\t192.0.2.0']);
    expect(lines.slice(20)).toEqual(['3.33%\t192.0.2.19', '', '33.33%\trest', '']);
  });
});

describe('help', () => {
  test('a line with the usage, a line with the description, indented by eight', () => {
    const lines = helpText().split('\n');
    expect(lines).toHaveLength(commands.length * 2);
    for (const [index, line] of lines.entries()) {
      expect(line).toMatch(index % 2 === 0 ? /^[a-z][a-z-]*( |$)/ : /^ {8}[A-Z].*\.$/);
    }
    expect(lines).toContain('wipe-cache or flushname NAME...');
  });

  test('names and aliases belong to one command each', () => {
    const names = commands.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(commandNamed(name.toUpperCase())?.name).toBeDefined();
  });
});

describe('trace-regex', () => {
  test('writes until the caller goes', async () => {
    const target = fakeTarget();
    let leave: () => void = () => {};
    const file = keptFile(
      new Promise((resolve) => {
        leave = resolve;
      }),
    );
    const running = runCommand(['trace-regex', 'example\\.com\\.$', '-'], target, file, new Traces());
    expect(target.calls).toEqual(['trace /example\\.com\\.$/']);
    expect(file.text).toBe('one line\n');
    leave();
    expect(await running).toEqual({ exit: 0, text: 'ok\n' });
    expect(target.calls.slice(1)).toEqual(['end of trace']);
  });

  test('another trace takes its place; without arguments it ends', async () => {
    const target = fakeTarget();
    const traces = new Traces();
    const first = runCommand(['trace-regex', 'a', '-'], target, keptFile(), traces);
    const second = runCommand(['trace-regex', 'b', '-'], target, keptFile(), traces);
    expect(await first).toEqual({ exit: 0, text: 'ok\n' });
    expect(target.calls).toEqual(['trace /a/', 'end of trace', 'trace /b/']);
    await runCommand(['trace-regex'], target, keptFile(), traces);
    expect(await second).toEqual({ exit: 0, text: 'ok\n' });
    expect(target.calls.slice(3)).toEqual(['end of trace', 'endTrace']);
  });

  test('what is no regular expression is an error', async () => {
    const result = await runCommand(['trace-regex', '(', '-'], fakeTarget(), keptFile(), new Traces());
    expect(result).toMatchObject({
      exit: 1,
      text: expect.stringMatching(/^Not a regular expression: at character 1: /),
    });
  });

  test('lines are counted, not kept, for a caller who does not read', async () => {
    let write: (line: string) => void = () => {};
    const target = fakeTarget({
      trace: (_regex, writeLine) => {
        write = writeLine;
        return () => {};
      },
    });
    const file: Written = { ...keptFile(), backlogOctets: 100_000_000 };
    const traces = new Traces();
    const running = runCommand(['trace-regex', '.', '-'], target, file, traces);
    write('lost');
    write('lost');
    Object.assign(file, { backlogOctets: 0 });
    write('seen');
    expect(file.text).toBe('; 2 lines left out, the reader was too slow\nseen\n');
    traces.end();
    await running;
  });
});
