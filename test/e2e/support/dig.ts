/** Asks with `dig` and reads its output. */
import type { Namespace } from './namespace.ts';
import { programPath } from './programs.ts';

export interface DigReply {
  /** The response code's name, or 'TIMEOUT' where there was no reply. */
  status: string;
  /** The header's flags in lower case: qr, aa, tc, rd, ra, ad, cd. */
  flags: string[];
  /** Answer records as 'owner TYPE rdata', without TTL, class and RRSIGs, sorted. */
  answer: string[];
  /** Types that the answer's RRSIGs cover, sorted. */
  answerSignatures: string[];
  /** As `answer`, for the authority section, RRSIGs included as 'owner RRSIG ...'. */
  authority: string[];
  /** Extended DNS Errors (RFC 8914) in the order given; the text is empty where there is none. */
  extendedErrors: { code: number; text: string }[];
  /** Whether the last reply came over TCP. */
  overTcp: boolean;
  /** All that dig printed, for failure messages. */
  text: string;
}

export interface DigTarget {
  address: string;
  port?: number;
}

/** `parameters` are dig's own: name, type and options such as '+cd'. */
export async function dig(namespace: Namespace, target: DigTarget, parameters: readonly string[]): Promise<DigReply> {
  const finished = await namespace.run([
    programPath('dig'),
    '-r',
    `@${target.address}`,
    '-p',
    String(target.port ?? 53),
    '+tries=1',
    '+time=15',
    '+nocookie',
    ...parameters,
  ]);
  return parseDig(finished.stdout);
}

export function parseDig(text: string): DigReply {
  const reply: DigReply = {
    status: /status: (\w+)/.exec(text)?.[1] ?? 'TIMEOUT',
    flags: (/^;; flags: ([^;]*);/m.exec(text)?.[1] ?? '').trim().split(' '),
    answer: [],
    answerSignatures: [],
    authority: [],
    extendedErrors: [...text.matchAll(/^; EDE: (\d+)(?: \([^)]*\))?(?:: \((.*)\))?$/gm)].map(
      ([, code, extraText = '']) => ({ code: Number(code), text: extraText }),
    ),
    overTcp: /^;; SERVER: .*\(TCP\)/m.test(text),
    text,
  };
  let section = '';
  for (const line of text.split('\n')) {
    const heading = /^;; (\w+) SECTION:/.exec(line)?.[1];
    if (heading !== undefined) section = heading;
    if (line === '' || line.startsWith(';')) continue;
    const [owner = '', , , type = '', ...rdata] = line.split(/\s+/);
    if (section === 'ANSWER' && type === 'RRSIG') reply.answerSignatures.push(rdata[0] ?? '');
    else if (section === 'ANSWER') reply.answer.push(`${owner} ${type} ${rdata.join(' ')}`);
    else if (section === 'AUTHORITY') reply.authority.push(`${owner} ${type} ${rdata.join(' ')}`);
  }
  reply.answer.sort();
  reply.answerSignatures.sort();
  return reply;
}
