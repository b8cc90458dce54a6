// Well-formed client queries with every combination of the bits that change what is done with them.
import { HeaderFlag } from '../../src/wire/header.ts';
import type { Question } from '../../src/wire/message.ts';
import { MAX_MESSAGE_OCTETS, MessageWriter } from '../../src/wire/writer.ts';
import type { SeededRandom } from '../support/seeded-random.ts';

const writer = new MessageWriter();

export interface FuzzQueryBits {
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
  readonly authenticData: boolean;
}

/** The octets of a query with RD. */
export function queryFor(question: Question, id: number, bits: FuzzQueryBits): Uint8Array {
  const checking = bits.checkingDisabled ? HeaderFlag.CD : 0;
  const authentic = bits.authenticData ? HeaderFlag.AD : 0;
  writer.reset(id, HeaderFlag.RD | checking | authentic, MAX_MESSAGE_OCTETS);
  writer.question(question);
  if (bits.dnssecOk) writer.edns(1232, 0, 0, 0x8000, []);
  return writer.finish();
}

export function randomBits(random: SeededRandom): FuzzQueryBits {
  return {
    dnssecOk: random.below(4) > 0,
    checkingDisabled: random.below(8) === 0,
    authenticData: random.below(2) === 0,
  };
}
