/** Asks with `delv`, which fetches DNSKEY and DS through the resolver and validates itself. */
import { writeFileSync } from 'node:fs';
import type { Namespace } from './namespace.ts';
import { programPath } from './programs.ts';

/** What delv found out: the `bogus` and `failed` cases are one in its output. */
export type DelvVerdict = 'secure' | 'secure-negative' | 'insecure' | 'insecure-negative' | 'failed';

export interface DelvReply {
  verdict: DelvVerdict;
  text: string;
}

/** `anchors` are DS records as 'owner DS rdata' with an owner of '.'. */
export async function delv(
  namespace: Namespace,
  resolver: string,
  anchors: readonly string[],
  parameters: readonly string[],
): Promise<DelvReply> {
  const anchorFile = namespace.path('delv.anchors');
  const lines = anchors.map((ds) => {
    const [tag, algorithm, digestType, digest] = ds.split(' ');
    return `  . static-ds ${tag} ${algorithm} ${digestType} "${digest}";`;
  });
  writeFileSync(anchorFile, `trust-anchors {\n${lines.join('\n')}\n};\n`);
  const finished = await namespace.run([
    programPath('delv'),
    `@${resolver}`,
    '-a',
    anchorFile,
    '+root=.',
    ...parameters,
  ]);
  const text = finished.stdout + finished.stderr;
  return { verdict: readVerdict(text), text };
}

function readVerdict(text: string): DelvVerdict {
  if (text.includes('resolution failed: ncache')) {
    return text.includes('negative response, fully validated') ? 'secure-negative' : 'insecure-negative';
  }
  if (text.includes('resolution failed')) return 'failed';
  if (text.includes('unsigned answer')) return 'insecure';
  return text.includes('fully validated') ? 'secure' : 'failed';
}
