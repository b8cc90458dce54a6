// Questions the program asks itself at the start, so that its first lines say whether it can work.
import type { Config } from '../config/schema.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { ForwardZone } from '../resolver/options.ts';
import type { Resolver } from '../resolver/resolution.ts';
import type { Log } from '../telemetry/log.ts';
import { Rcode, RRClass, RRType } from '../wire/constants.ts';
import { DomainName } from '../wire/name.ts';
import { checkForwarders, type ForwarderCheckPorts } from './forwarder-checks.ts';
import { stackOf } from './server-events.ts';

export interface ProbeOptions {
  readonly config: Pick<Config, 'dnssec'>;
  readonly anchors: TrustAnchors;
  /** Those to look at: all of them at the start, the changed ones after a reload. */
  readonly zones: readonly ForwardZone[];
  readonly hasHints: boolean;
}

/** Asks the root servers, then the forwarders, and writes what came of it to the log. Never rejects. */
export async function probeUpstream(
  { config, anchors, zones, hasHints }: ProbeOptions,
  ports: ForwarderCheckPorts,
): Promise<void> {
  const { validation } = config.dnssec;
  const validates = validation !== 'off' && validation !== 'process-no-validate';
  try {
    const isOnline =
      hasHints && (await new Promise<boolean>((done) => probeRoot(ports.resolver, validates, ports.log, done)));
    if (!hasHints) ports.log.info('there are no root hints: only forward zones and local names can be answered');
    await checkForwarders({ zones, anchors, validates, isOnline }, ports);
  } catch (error) {
    ports.log.error('fault of the program; the forwarders were not checked', { stack: stackOf(error) });
  }
}

/** Asks for the name servers of the root and says what came of it. */
export function probeRoot(resolver: Resolver, validates: boolean, log: Log, done: (answers: boolean) => void): void {
  const question = { name: DomainName.root, type: RRType.NS, class: RRClass.IN };
  const request = { question, checkingDisabled: false, recursionDesired: true, validate: validates };
  resolver.resolve(request, (resolution) => {
    const answers = resolution.rcode === Rcode.NOERROR && resolution.answer.length > 0;
    if (answers) {
      log.info('the root servers answer', { verdict: resolution.verdict?.status });
    } else {
      const why = resolution.errors.map(({ code, text }) => `EDE ${code} ${text}`.trim()).join('; ');
      log.warn('the root servers do not answer as they should; forward zones and local names still work', {
        why: why || undefined,
      });
    }
    done(answers);
  });
}
