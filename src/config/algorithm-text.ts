// DNSSEC algorithms as people write them: a number or the IANA mnemonic (RFC 4034 appendix A.1 and the registry).
import { algorithms } from '../dnssec/algorithms.ts';
import { type Parsed, parsed, refused } from './parsed.ts';

/** The number of an algorithm, 0 to 255. */
export function parseAlgorithm(text: string): Parsed<number> {
  if (/^[0-9]{1,3}$/.test(text) && Number(text) <= 255) return parsed(Number(text));
  const row = algorithms.find(({ mnemonic }) => mnemonic === text.toUpperCase());
  return row === undefined ? refused(`'${text}' is no DNSSEC algorithm`) : parsed(row.number);
}
