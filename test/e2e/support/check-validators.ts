/** Other validators behind the resolver: they must come to the verdict that the tables say. */
import { expect } from 'vitest';
import { type DelvVerdict, delv } from './delv.ts';
import { drill } from './drill.ts';
import type { Namespace } from './namespace.ts';
import type { PublishedRoot } from './private-internet.ts';
import type { Question } from './sample-zone.ts';

/** `delv` fetches the chain through the resolver and must agree with the expected AD. */
export async function expectDelv(
  namespace: Namespace,
  resolver: string,
  root: PublishedRoot,
  { qname, qtype, want }: Question,
): Promise<void> {
  const reply = await delv(namespace, resolver, root.anchors, [qname, qtype]);
  const isNegative = want.answer?.length === 0;
  const verdict: DelvVerdict = isNegative
    ? want.ad === true
      ? 'secure-negative'
      : 'insecure-negative'
    : want.ad === true
      ? 'secure'
      : 'insecure';
  expect(reply.verdict, reply.text).toBe(want.status === 'SERVFAIL' ? 'failed' : verdict);
}

/** `drill -S` can chase answers only, not denials. */
export async function expectDrill(
  namespace: Namespace,
  resolver: string,
  root: PublishedRoot,
  { qname, qtype, want }: Question,
): Promise<void> {
  const reply = await drill(namespace, resolver, root.keyFile, [qname, qtype]);
  expect(reply.isTrusted, reply.text).toBe(want.ad === true);
}
