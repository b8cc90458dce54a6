// Real explanations of a private Internet in virtual time: sound, insecure, aliased and broken, and with odd names.
import { explainQuestion } from '../../src/daemon/explain.ts';
import type { Explanation } from '../../src/explain/explanation.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { KSK_FLAGS, makeKey, ZSK_FLAGS } from '../../src/lab/keys.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { always } from './server-behaviours.ts';
import { SimulatedResolver } from './simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from './virtual-clock.ts';

const DAY = 86_400;

/** Markup as a label, as far as a name can hold it. */
export const MARKUP_LABEL = String.raw`\<script\>alert\(1\)\</script\>`;
const LABEL = 'a-label-of-sixty-three-octets-which-is-as-long-as-a-label-can-be';
/** As long as a name can be: 255 octets on the wire. */
export const LONG_NAME = `${`${LABEL.slice(0, 63)}.`.repeat(3)}${LABEL.slice(0, 56)}.test.`;

const hierarchy = buildHierarchy({
  zones: [
    {
      name: 'test.',
      records: [
        'www A 192.0.2.1',
        'alias CNAME www.plain.test.',
        'far CNAME www.keys.test.',
        '*.wild A 192.0.2.2',
        `${MARKUP_LABEL} TXT "<img src=x onerror=alert(1)>"`,
        `${LONG_NAME} A 192.0.2.3`,
      ].join('\n'),
    },
    { name: 'plain.test.', isSigned: false, records: 'www A 192.0.2.4' },
    {
      name: 'keys.test.',
      records: 'www A 192.0.2.7',
      keys: [
        makeKey({ algorithm: 13, flags: KSK_FLAGS }),
        makeKey({ algorithm: 13, flags: ZSK_FLAGS }),
        makeKey({ algorithm: 15, flags: KSK_FLAGS }),
        makeKey({ algorithm: 15, flags: ZSK_FLAGS }),
      ],
    },
    {
      name: 'expired.test.',
      records: 'www A 192.0.2.5',
      faults: {
        validity: (_owner, type) =>
          type === RRType.A
            ? {
                inceptionSeconds: DEFAULT_WALL_SECONDS - 30 * DAY,
                expirationSeconds: DEFAULT_WALL_SECONDS - 6 * DAY - 5,
              }
            : undefined,
      },
    },
    { name: 'dead.test.' },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

/** What kedge explains of a name in it, with a fresh cache. */
export async function sampleExplanation(name: string, type: number = RRType.A): Promise<Explanation> {
  const simulation = new SimulatedResolver({ hierarchy });
  simulation.serve('dead.test.', always(Rcode.REFUSED));
  const { resolver, clock } = simulation;
  const localData = { answer: () => undefined };
  const promise = explainQuestion(nameOf(name), type, { resolver, clock, localData, source: 'here', attempts: [] });
  clock.advance(20_000);
  return await promise;
}
