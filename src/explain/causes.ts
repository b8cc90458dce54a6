// The closed table of causes: extended errors, log, metrics, `kedge explain` and docs/causes.md are made from it.
import type { CauseRow } from './cause-row.ts';
import { denialCauses } from './denial-causes.ts';
import { forwardCauses } from './forward-causes.ts';
import { insecureCauses } from './insecure-causes.ts';
import { keyCauses } from './key-causes.ts';
import { serverCauses } from './server-causes.ts';
import { signatureCauses } from './signature-causes.ts';

export const causes = {
  ...signatureCauses,
  ...keyCauses,
  ...denialCauses,
  ...forwardCauses,
  ...serverCauses,
  ...insecureCauses,
} as const satisfies Record<string, CauseRow>;

export type CauseCode = keyof typeof causes;

export function isCauseCode(text: string): text is CauseCode {
  return Object.hasOwn(causes, text);
}

/** All codes, in the order of the table. */
export const causeCodes: readonly CauseCode[] = Object.keys(causes).filter(isCauseCode);

/** A row, without what is special to it. */
export function causeRow(code: CauseCode): CauseRow {
  return causes[code];
}
