// Mutated messages straight into the functions that read them: no sockets, no waiting.
import { classify } from '../../src/iterator/classify.ts';
import { DEFAULT_ITERATION_LIMITS } from '../../src/iterator/limits.ts';
import type { Asked } from '../../src/iterator/scrub.ts';
import { answer } from '../../src/lab/authority.ts';
import type { Hierarchy } from '../../src/lab/hierarchy.ts';
import { parseRequest } from '../../src/server/request.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { parseMessage, parseQuestion, parseTruncated, type Question } from '../../src/wire/message.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { rdataText } from '../../src/wire/rdata-text.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { type Failures, type PartResult, Tally } from './failures.ts';
import { fuzzQuestion, hostileAddress, hostileZones } from './fuzz-internet.ts';
import { queryFor, randomBits } from './fuzz-query.ts';
import { mutateMessage, mutateReply, randomMessage } from './mutation.ts';

interface Template {
  readonly octets: Uint8Array;
  readonly question: Question;
  readonly zone: string;
}

const TEMPLATES_PER_ZONE = 60;
/** One parse longer than this is a failure: no message of 64 KiB takes so long unless the work is not bounded. */
const MAX_PARSE_MS = 250;

/** Feeds `count` messages to the parsers and to what judges replies. */
export function fuzzParsers(hierarchy: Hierarchy, count: number, seed: number, failures: Failures): PartResult {
  const random = new SeededRandom(seed);
  const templates = replyTemplates(hierarchy, random);
  const tally = new Tally();
  const startedAtMs = performance.now();
  let slowestMs = 0;
  for (let index = 0; index < count; index++) {
    const template = templates[random.below(templates.length)];
    if (template === undefined) break;
    const kind = random.below(16);
    const query = () => queryFor(template.question, random.below(0x10000), randomBits(random));
    const octets =
      kind === 0
        ? randomMessage(random)
        : kind < 5
          ? mutateMessage(query(), random)
          : mutateReply(template.octets, random);
    const beforeMs = performance.now();
    failures.guard('reading a message', octets, () => tally.add(readEverything(octets, template, random)));
    const tookMs = performance.now() - beforeMs;
    slowestMs = Math.max(slowestMs, tookMs);
    if (tookMs > MAX_PARSE_MS) failures.add(`reading a message took ${tookMs.toFixed(0)} ms`, octets);
  }
  return {
    name: 'parsers, in process',
    packets: count,
    seconds: (performance.now() - startedAtMs) / 1000,
    outcomes: `${tally.text()}; slowest ${slowestMs.toFixed(1)} ms`,
  };
}

/** All that the program may do with a message before it knows whether to believe it. Gives a word for the outcome. */
export function readEverything(
  octets: Uint8Array,
  template: Pick<Template, 'question' | 'zone'>,
  random: SeededRandom,
) {
  parseQuestion(octets);
  parseTruncated(octets);
  const request = parseRequest(octets);
  const parsed = parseMessage(octets);
  if (!parsed.ok) return `unreadable (${parsed.code})`;
  const { message } = parsed;
  nameText(message.question.name);
  for (const record of [...message.answer, ...message.authority, ...message.additional]) {
    nameText(record.name);
    rdataText(record.type, record.rdata);
  }
  if ((message.header.flags & HeaderFlag.QR) === 0) return `query (${request.kind})`;
  const asked: Asked = {
    name: template.question.name,
    type: template.question.type,
    zone: nameOf(template.zone),
    recursive: random.below(8) === 0,
    onRoute: () => true,
    mayAsk: () => true,
    limits: DEFAULT_ITERATION_LIMITS,
    random,
  };
  return `reply (${classify(message, asked, '192.0.2.1#53').kind})`;
}

function replyTemplates(hierarchy: Hierarchy, random: SeededRandom): Template[] {
  const count = hierarchy.servers.size - 1;
  return hostileZones(count).flatMap((zone, index) => {
    const zones = hierarchy.servers.get(hostileAddress(index));
    if (zones === undefined) return [];
    return Array.from({ length: TEMPLATES_PER_ZONE }, (_, serial) => {
      const question = fuzzQuestion(zone, serial, random);
      const query = queryFor(question, serial, { dnssecOk: true, checkingDisabled: false, authenticData: false });
      return { octets: answer(zones, query, { transport: 'tcp' }) ?? query, question, zone };
    });
  });
}
