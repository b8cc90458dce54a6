// What to try in the lab and what to expect, as a table for people.
import type { LabGroup, LabZone } from '../../lab/lab-internet.ts';
import { RRType, rcodeText, typeText } from '../../wire/constants.ts';
import { extendedErrorName } from '../extended-error-names.ts';

const groups: readonly (readonly [LabGroup, string])[] = [
  ['good', 'Secure: NOERROR or NXDOMAIN, with the AD flag'],
  ['insecure', 'Insecure: answered, without AD'],
  ['bad', 'Broken: SERVFAIL, and with +cd the data nevertheless'],
  ['private', 'Forwarded, as in a home network'],
  ['own', 'Your own zones'],
];

/** Name and type to try, what to expect, and why; a group below the other. */
export function labTable(zones: readonly LabZone[]): string {
  return groups
    .map(([group, heading]) => {
      const rows = zones
        .filter((zone) => zone.group === group)
        .map((zone) => ({ name: questionText(zone), expected: expectedText(zone), text: zone.text }));
      const width = Math.max(0, ...rows.map(({ name }) => name.length));
      const expectedWidth = Math.max(0, ...rows.map(({ expected }) => expected.length));
      const lines = rows.map(
        ({ name, expected, text }) => `  ${name.padEnd(width)}  ${expected.padEnd(expectedWidth)}  ${text}`,
      );
      return lines.length === 0 ? '' : `${heading}\n${lines.join('\n')}\n\n`;
    })
    .join('');
}

/** As dig wants it. */
export function questionText({ question: { name, type } }: LabZone): string {
  const plain = name.replace(/\.$/, '');
  return type === RRType.A ? plain : `${plain} ${typeText(type)}`;
}

function expectedText({ rcode, expected }: LabZone): string {
  const ede = 'ede' in expected ? expected.ede : undefined;
  const flag = expected.status === 'secure' ? ' AD' : '';
  const error = ede === undefined ? '' : `, EDE ${ede} ${extendedErrorName(ede)}`.trimEnd();
  return `${rcodeText(rcode)}${flag}${error}`;
}
