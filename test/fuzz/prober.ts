// An ordinary client beside the attack: asks ten times a second, and must get the right answer in time.
import { parseType, Rcode, RRClass, rcodeText } from '../../src/wire/constants.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { parseMessage } from '../../src/wire/message.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { rdataText } from '../../src/wire/rdata-text.ts';
import { DnsSocket, type Reply } from './dns-socket.ts';
import type { Failures } from './failures.ts';
import { SOUND_ADDRESS, SOUND_ZONE } from './fuzz-internet.ts';
import { queryFor } from './fuzz-query.ts';

const EVERY_MS = 100;
export const MAX_WAIT_MS = 5_000;

export class Prober {
  readonly #socket: DnsSocket;
  readonly #failures: Failures;
  readonly #timer: NodeJS.Timeout;
  readonly #tookMs: number[] = [];
  #asked = 0;

  private constructor(socket: DnsSocket, failures: Failures) {
    this.#socket = socket;
    this.#failures = failures;
    this.#timer = setInterval(() => this.#probe(), EVERY_MS);
  }

  static async start(port: number, failures: Failures): Promise<Prober> {
    return new Prober(await DnsSocket.connect(port, MAX_WAIT_MS), failures);
  }

  /** Waits for what is under way; gives one line for the report. */
  async stop(): Promise<string> {
    clearInterval(this.#timer);
    while (this.#socket.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    this.#socket.close();
    const sorted = this.#tookMs.sort((a, b) => a - b);
    const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
    return `${this.#asked} probes, median ${at(0.5)} ms, 99th percentile ${at(0.99)} ms, slowest ${at(1)} ms`;
  }

  #probe(): void {
    const serial = this.#asked++;
    // Every other name is fresh: it needs the servers and a validation.
    const owner = serial % 2 === 0 ? 'www' : `p${serial}.wild`;
    const question = { name: nameOf(`${owner}.${SOUND_ZONE}`), type: parseType('A') ?? 1, class: RRClass.IN };
    const query = queryFor(question, 0, { dnssecOk: serial % 4 < 2, checkingDisabled: false, authenticData: true });
    this.#socket.ask(query, (reply) => this.#check(`${owner}.${SOUND_ZONE}`, reply));
  }

  #check(name: string, { octets, tookMs }: Reply): void {
    this.#tookMs.push(tookMs);
    if (octets === undefined || tookMs > MAX_WAIT_MS) {
      this.#failures.add(
        `probe ${name}: ${octets === undefined ? 'no answer' : 'an answer'} after ${tookMs.toFixed(0)} ms`,
      );
      return;
    }
    const parsed = parseMessage(octets);
    if (!parsed.ok) {
      this.#failures.add(`probe ${name}: unreadable reply, ${parsed.code}`, octets);
      return;
    }
    const { rcode, header, answer } = parsed.message;
    const addresses = answer.filter(({ type }) => type === 1).map(({ type, rdata }) => rdataText(type, rdata));
    const isAuthentic = (header.flags & HeaderFlag.AD) !== 0;
    if (rcode === Rcode.NOERROR && isAuthentic && addresses.join() === SOUND_ADDRESS) return;
    this.#failures.add(`probe ${name}: ${rcodeText(rcode)}, AD ${isAuthentic}, [${addresses.join()}]`, octets);
  }
}
