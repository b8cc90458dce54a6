// DNSSEC algorithms as people write them: a number or the IANA mnemonic (RFC 4034 appendix A.1 and the registry).
import { parseAlgorithm as algorithmNumber } from '../wire/constants.ts';
import { type Parsed, parsed, refused } from './parsed.ts';

/** The number of an algorithm, 0 to 255. */
export function parseAlgorithm(text: string): Parsed<number> {
  const algorithm = algorithmNumber(text);
  return algorithm === undefined ? refused(`'${text}' is no DNSSEC algorithm`) : parsed(algorithm);
}
