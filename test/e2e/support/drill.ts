/** Asks with `drill -S`, which chases the signatures from the answer up to a trusted key. */
import type { Namespace } from './namespace.ts';
import { programPath } from './programs.ts';

export interface DrillReply {
  /** Whether drill found a chain up to the trusted key, without a bad signature on the way. */
  isTrusted: boolean;
  text: string;
}

/** `keyFile` holds the trusted DNSKEY records. */
export async function drill(
  namespace: Namespace,
  resolver: string,
  keyFile: string,
  parameters: readonly string[],
): Promise<DrillReply> {
  const finished = await namespace.run([
    programPath('drill'),
    '-S',
    '-a',
    '-b',
    '1232',
    '-k',
    keyFile,
    `@${resolver}`,
    ...parameters,
  ]);
  const text = finished.stdout + finished.stderr;
  return { isTrusted: text.includes(';; Chase successful') && !text.includes('Bogus DNSSEC signature'), text };
}
