// The whole way from a client's octets to its reply, over a simulated Internet: the pipeline in front of the resolver.
import type { Resolution } from '../../src/resolver/resolution.ts';
import { rcodeText } from '../../src/wire/constants.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import type { Message } from '../../src/wire/message.ts';
import { client, FakeServer } from '../server/support/fake-server.ts';
import { errorCodes, flagText, type QueryShape, queryOctets, replyOf, sectionText } from '../server/support/queries.ts';
import { SimulatedResolver, type SimulationOptions } from './simulated-resolver.ts';

/** How a client asks; `dnssecOk` brings an OPT record with it. */
export type Client = Partial<Record<'dnssecOk' | 'authenticData' | 'checkingDisabled' | 'edns' | 'overTcp', boolean>>;

export interface Served {
  readonly message: Message;
  /** RCODE and `ad`: `NOERROR ad`. */
  readonly status: string;
  readonly flags: string;
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly codes: readonly number[];
}

export class SimulatedServer {
  readonly simulation: SimulatedResolver;
  private readonly server: FakeServer;

  constructor(options: SimulationOptions) {
    this.simulation = new SimulatedResolver(options);
    this.server = new FakeServer({
      resolve: (request, done) =>
        this.simulation.resolver.resolve(request, (resolution: Resolution) => done(resolution)),
    });
  }

  /** Asks `www.example.test. A`. */
  ask(question: string, how: Client = { dnssecOk: true }): Served {
    const [name = '.', type = 'A'] = question.split(' ');
    const flags = (how.authenticData ? HeaderFlag.AD : 0) | (how.checkingDisabled ? HeaderFlag.CD : 0);
    const edns = how.dnssecOk ? { dnssecOk: true } : how.edns ? {} : undefined;
    return this.send({ name, type, flags, ...(edns === undefined ? {} : { edns }) }, how.overTcp === true);
  }

  /** Sends any query and runs until it is answered. */
  send(shape: QueryShape, overTcp = false): Served {
    const octets = this.simulation.clock.complete<Uint8Array>((done) => {
      const from = overTcp ? { ...client, transport: 'tcp' as const } : client;
      this.server.pipeline.accept(queryOctets(shape), from, (reply) => done(reply ?? new Uint8Array()));
    }, `${shape.name} ${shape.type}`);
    const message = replyOf(octets);
    const flags = flagText(message);
    return {
      message,
      status: `${rcodeText(message.rcode)}${flags.split(' ').includes('ad') ? ' ad' : ''}`,
      flags,
      answer: sectionText(message, 'answer'),
      authority: sectionText(message, 'authority'),
      codes: errorCodes(message),
    };
  }
}
