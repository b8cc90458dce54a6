// The root trust anchors that are part of the program: KSK-2017 (20326) and KSK-2024 (38696), as IANA publishes them.
import { DomainName } from '../wire/name.ts';
import { parseDSText } from './ds-text.ts';
import type { TrustAnchor } from './structured-types.ts';
import { tableValue } from './value-types.ts';

/** Known by identity: an anchor of the configuration that is one of these objects was not written by the user. */
export const builtInTrustAnchors: readonly TrustAnchor[] = [
  {
    name: DomainName.root,
    dsRecords: [
      '20326 8 2 e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d',
      '38696 8 2 683d2d0acb8c9b712a1948b27f741219298d0a450d612c483af444a4c0fb2b16',
    ].map((content) => tableValue(parseDSText, content)),
  },
];

export function isBuiltInTrustAnchor(anchor: TrustAnchor): boolean {
  return builtInTrustAnchors.includes(anchor);
}
