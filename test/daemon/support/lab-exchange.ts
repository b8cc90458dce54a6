// An exchange whose servers are authoritative servers in memory: each attempt is answered in the next turn.
import { type AnswerOptions, answer } from '../../../src/lab/authority.ts';
import type { Zone } from '../../../src/lab/zone.ts';
import { ZoneSet } from '../../../src/lab/zone-set.ts';
import type { Ask, Exchange, Outcome } from '../../../src/ports/exchange.ts';
import { HeaderFlag } from '../../../src/wire/header.ts';
import { parseMessage } from '../../../src/wire/message.ts';
import { MAX_MESSAGE_OCTETS, MessageWriter } from '../../../src/wire/writer.ts';

export type LabServerAnswer = Omit<AnswerOptions, 'transport'> & { readonly zones: readonly Zone[] };

export class LabExchange implements Exchange {
  /** `server transport` of each attempt. */
  readonly asked: string[] = [];
  private readonly servers = new Map<string, LabServerAnswer | Outcome>();

  /** What stands at `address#port`: a server, or what becomes of every attempt there. */
  add(key: string, server: LabServerAnswer | Outcome): this {
    this.servers.set(key, server);
    return this;
  }

  ask(ask: Ask, done: (outcome: Outcome) => void): { cancel(): void } {
    this.asked.push(`${ask.server.key} ${ask.transport}`);
    setImmediate(() => done(this.outcome(ask)));
    return { cancel: () => undefined };
  }

  private outcome(ask: Ask): Outcome {
    const server = this.servers.get(ask.server.key) ?? { kind: 'timeout' };
    if ('kind' in server) return server;
    const reply = answer(new ZoneSet(server.zones), queryOf(ask), {
      ...server,
      transport: ask.transport === 'udp' ? 'udp' : 'tcp',
    });
    const parsed = reply === undefined ? undefined : parseMessage(reply);
    if (reply === undefined || parsed?.ok !== true) return { kind: 'malformed', rttMs: 1, octets: 0 };
    const { length } = reply;
    if ((parsed.message.header.flags & HeaderFlag.TC) !== 0) return { kind: 'truncated', rttMs: 1, octets: length };
    return { kind: 'reply', message: parsed.message, octets: length, rttMs: 1 };
  }
}

function queryOf(ask: Ask): Uint8Array {
  const writer = new MessageWriter();
  const flags = (ask.recursionDesired ? HeaderFlag.RD : 0) | (ask.checkingDisabled ? HeaderFlag.CD : 0);
  writer.reset(1, flags, MAX_MESSAGE_OCTETS);
  writer.question(ask.question);
  if (ask.edns) writer.edns(1232, 0, 0, ask.dnssecOk ? 0x8000 : 0, []);
  return writer.finish();
}
