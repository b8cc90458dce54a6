import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseQuery } from '../../src/cli/commands/query.ts';
import { main } from '../../src/cli/main.ts';
import { classText, RRType, typeText } from '../../src/wire/constants.ts';
import { extendedErrorOption } from '../../src/wire/edns.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { parseMessage } from '../../src/wire/message.ts';
import { nameText } from '../../src/wire/name-text.ts';
import { MessageWriter } from '../../src/wire/writer.ts';
import { resolved } from '../server/support/queries.ts';

const flags = { reverse: false, port: '53', json: false };

function parsedText(words: string, changes: Partial<typeof flags> = {}): string {
  const parsed = parseQuery(words.split(' ').filter(Boolean), { ...flags, ...changes });
  if (typeof parsed === 'string') return `error: ${parsed}`;
  const { question, server, options } = parsed;
  const on = Object.entries(options)
    .filter(([, value]) => value === true)
    .map(([key]) => key);
  return [
    nameText(question.name),
    classText(question.class),
    typeText(question.type),
    `${server.address}#${server.port}`,
    ...on,
  ].join(' ');
}

describe('the words of a query', () => {
  const usual = 'recursionDesired authenticData edns';
  const rows: [words: string, want: string][] = [
    ['example.com', `example.com. IN A 127.0.0.1#53 ${usual}`],
    ['example.com. mx', `example.com. IN MX 127.0.0.1#53 ${usual}`],
    ['example.com TYPE65280', `example.com. IN TYPE65280 127.0.0.1#53 ${usual}`],
    ['version.bind CH TXT', `version.bind. CH TXT 127.0.0.1#53 ${usual}`],
    ['@192.0.2.1 example.com', `example.com. IN A 192.0.2.1#53 ${usual}`],
    ['@192.0.2.1:5335 example.com AAAA', `example.com. IN AAAA 192.0.2.1#5335 ${usual}`],
    ['example.com @192.0.2.1#5335', `example.com. IN A 192.0.2.1#5335 ${usual}`],
    ['example.com @::1', `example.com. IN A ::1#53 ${usual}`],
    ['example.com @[::1]:5335', `example.com. IN A ::1#5335 ${usual}`],
    ['example.com @localhost:5335', `example.com. IN A 127.0.0.1#5335 ${usual}`],
    ['example.com +dnssec +cd +tcp +noad +nord', 'example.com. IN A 127.0.0.1#53 checkingDisabled dnssecOk edns tcp'],
    ['example.com +noedns +ignore', 'example.com. IN A 127.0.0.1#53 recursionDesired authenticData ignoreTruncation'],
    ['.', `. IN A 127.0.0.1#53 ${usual}`],
    ['a\\.b.example', `a\\.b.example. IN A 127.0.0.1#53 ${usual}`],
    ['+bufsize=4096 +timeout=1 +tries=1 x', `x. IN A 127.0.0.1#53 ${usual}`],
    ['example.com NOTYPE', "error: 'NOTYPE' is no type"],
    ['a..b', "error: 'a..b': the name has an empty label"],
    [
      'example.com @nowhere',
      "error: '@nowhere' is no server; write @192.0.2.1, @192.0.2.1:5335 or @[2001:db8::1]:5335",
    ],
    [
      'example.com @192.0.2.1:0',
      "error: '@192.0.2.1:0' is no server; write @192.0.2.1, @192.0.2.1:5335 or @[2001:db8::1]:5335",
    ],
    ['example.com +frob', "error: unknown flag '+frob'; kedge query --help lists them"],
    ['example.com +bufsize=99999', "error: unknown flag '+bufsize=99999'; kedge query --help lists them"],
    ['example.com +tries=0', "error: unknown flag '+tries=0'; kedge query --help lists them"],
  ];
  for (const [words, want] of rows) test(words, () => expect(parsedText(words)).toBe(want));

  test('-x turns an address round', () => {
    expect(parsedText('192.0.2.1', { reverse: true })).toBe(`1.2.0.192.in-addr.arpa. IN PTR 127.0.0.1#53 ${usual}`);
    expect(parsedText('2001:db8::1', { reverse: true })).toMatch(
      /^1\.0\.0\..*\.8\.b\.d\.0\.1\.0\.0\.2\.ip6\.arpa\. IN PTR /,
    );
    expect(parsedText('example.com', { reverse: true })).toBe("error: 'example.com': no IP address");
  });

  test('-p sets the port of a server that has none', () => {
    expect(parsedText('x @192.0.2.1', { port: '5335' })).toContain('192.0.2.1#5335');
    expect(parsedText('x', { port: '70000' })).toBe("error: '70000' is no port");
  });
});

/** A server that answers `A` with an address, `TXT` with TC over UDP, and everything else not at all. */
function replyTo(octets: Uint8Array, transport: 'udp' | 'tcp'): Uint8Array | undefined {
  const parsed = parseMessage(octets);
  if (!parsed.ok || ![RRType.A, RRType.TXT].includes(parsed.message.question.type as 1)) return undefined;
  const { header, question, edns } = parsed.message;
  const writer = new MessageWriter();
  const truncated = question.type === RRType.TXT && transport === 'udp';
  const ad = header.flags & HeaderFlag.AD;
  writer.reset(header.id, HeaderFlag.QR | HeaderFlag.RD | HeaderFlag.RA | ad | (truncated ? HeaderFlag.TC : 0), 65_535);
  writer.question(question);
  if (!truncated) {
    const type = typeText(question.type);
    const data = type === 'A' ? '192.0.2.1' : '"\u0007 bell"';
    const { rrset, ttl } = resolved(nameText(question.name), type, [data]);
    writer.rrset('answer', rrset, ttl, false);
  }
  if (edns !== undefined) {
    writer.edns(1232, 0, 0, edns.dnssecOk ? 0x8000 : 0, [
      extendedErrorOption({ code: 9, text: 'no \u001b[31mDNSKEY' }, 64),
    ]);
  }
  return writer.finish();
}

describe('asking', () => {
  let udp: Socket;
  let tcp: Server;
  let port = 0;
  const out: string[] = [];
  const err: string[] = [];
  const terminal = { out: (text: string) => void out.push(text), error: (text: string) => void err.push(text) };
  const run = async (...args: string[]) => {
    out.length = 0;
    err.length = 0;
    return await main(['query', ...args, '-p', String(port)], terminal);
  };

  beforeAll(async () => {
    tcp = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        const reply = replyTo(new Uint8Array(chunk.subarray(2)), 'tcp');
        if (reply !== undefined) socket.write(Uint8Array.of(reply.length >> 8, reply.length & 255, ...reply));
        else socket.end();
      });
    });
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    const address = tcp.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
    udp = createSocket('udp4');
    udp.on('message', (octets, from) => {
      // A reply with another ID first: it must be passed over.
      const reply = replyTo(new Uint8Array(octets), 'udp');
      if (reply === undefined) return;
      udp.send(Uint8Array.of((reply[0] ?? 0) ^ 1, ...reply.subarray(1)), from.port, from.address);
      udp.send(reply, from.port, from.address);
    });
    await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
  });
  afterAll(() => {
    udp.close();
    tcp.close();
  });

  test('prints the whole reply', async () => {
    expect(await run('www.example', '+dnssec')).toBe(0);
    const text = out.join('');
    for (const part of [
      'status: NOERROR',
      'flags: qr rd ra ad; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1',
      '; EDNS: version: 0, flags: do; udp: 1232',
      '; EDE: 9 (DNSKEY Missing): (no ?[31mDNSKEY)',
      'www.example.\t300\tIN\tA\t192.0.2.1',
      `;; SERVER: 127.0.0.1#${port} (UDP)`,
    ]) {
      expect(text).toContain(part);
    }
  });

  test('+short prints the data alone', async () => {
    expect(await run('www.example', '+short')).toBe(0);
    expect(out.join('')).toBe('192.0.2.1\n');
  });

  test('a truncated reply is asked for again over TCP', async () => {
    expect(await run('www.example', 'TXT', '--json')).toBe(0);
    expect(JSON.parse(out.join(''))).toMatchObject({
      transport: 'tcp',
      status: 'NOERROR',
      flags: ['qr', 'rd', 'ra', 'ad'],
      answer: [{ name: 'www.example.', type: 'TXT', class: 'IN', ttl: 300, data: '"\\007 bell"' }],
      extendedErrors: [{ code: 9, name: 'DNSKEY Missing' }],
    });
    await run('www.example', 'TXT', '+ignore', '--json');
    expect(JSON.parse(out.join(''))).toMatchObject({ transport: 'udp', flags: ['qr', 'tc', 'rd', 'ra', 'ad'] });
  });

  test('+tcp goes there at once', async () => {
    await run('www.example', '+tcp', '--json');
    expect(JSON.parse(out.join(''))).toMatchObject({ transport: 'tcp' });
  });

  test('no reply is exit code 1 and one line', async () => {
    expect(await run('www.example', 'MX', '+tcp')).toBe(1);
    expect(err.join('')).toBe(
      `kedge: 127.0.0.1 port ${port}: the server closed the connection without a reply (TCP)\n`,
    );
    expect(await run('www.example', 'MX', '+timeout=1', '+tries=1')).toBe(1);
    expect(err.join('')).toContain('no reply within 1 s');
  });

  test('a server that nothing can be sent to is the same', async () => {
    expect(await run('@255.255.255.255', 'www.example')).toBe(1);
    expect(err.join('')).toMatch(/^kedge: 255\.255\.255\.255 port [0-9]+: .+\n$/);
  });

  test('wrong words are exit code 2', async () => {
    expect(await run('www.example', 'NOTYPE')).toBe(2);
    expect(err.join('')).toBe("kedge: 'NOTYPE' is no type\n");
  });
});
