// dnsperf, where it is installed: it takes less of the machine than a load generator in JavaScript, and speaks TCP.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Resolver } from './resolvers.ts';

export interface DnsperfOptions {
  /** A name and a type a line. */
  readonly file: string;
  readonly dnssecOk: boolean;
  readonly tcp?: boolean;
  /** Queries under way at once. */
  readonly window: number;
  /** Queries a second; as many as there can be when it is left out. */
  readonly rate?: number;
  /** Seconds; once through the file when it is left out. */
  readonly seconds?: number;
}

export interface DnsperfResult {
  readonly answered: number;
  readonly lost: number;
  readonly queriesPerSecond: number;
  /** As dnsperf prints them: `NOERROR 2000 (100.00%)`. */
  readonly rcodes: string;
}

const CLIENTS = 8;

export async function runDnsperf(program: string, resolver: Resolver, options: DnsperfOptions): Promise<DnsperfResult> {
  const args = ['-s', resolver.address, '-p', String(resolver.port), '-d', options.file, '-T', '1', '-W'];
  args.push('-c', String(Math.min(CLIENTS, options.window)), '-q', String(options.window));
  args.push(options.dnssecOk ? '-D' : '-e');
  if (options.tcp === true) args.push('-m', 'tcp');
  if (options.rate !== undefined) args.push('-Q', String(options.rate));
  args.push(...(options.seconds === undefined ? ['-n', '1'] : ['-l', String(options.seconds)]));
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  await once(child, 'close');
  const number = (label: string): number => Number(new RegExp(`${label}:\\s+([\\d.]+)`).exec(output)?.[1]);
  const answered = number('Queries completed');
  if (!(answered > 0)) throw new Error(`dnsperf has no answers from ${resolver.peer}:\n${output}`);
  return {
    answered,
    lost: number('Queries lost'),
    queriesPerSecond: number('Queries per second'),
    rcodes: /Response codes:\s+(.*)/.exec(output)?.[1]?.trim() ?? '',
  };
}
