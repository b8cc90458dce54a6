/** One question, asked as the tables say, and its reply against the expectation. */
import { expect } from 'vitest';
import { type DigReply, dig } from './dig.ts';
import type { Namespace } from './namespace.ts';
import { IS_STAND_IN } from './resolver.ts';
import type { Expectation } from './sample-zone.ts';

/** Asks with AD and DO set and compares all that `want` says. */
export async function checkAnswer(
  namespace: Namespace,
  resolver: string,
  parameters: readonly string[],
  want: Expectation,
): Promise<DigReply> {
  const reply = await dig(namespace, { address: resolver }, ['+dnssec', ...parameters]);
  compareReply(reply, want);
  if (want.status !== 'SERVFAIL' && want.ad === true && reply.answer.length > 0) {
    expect(reply.answerSignatures, reply.text).not.toEqual([]);
  }
  return reply;
}

/** Asks with CD set: the records must come whatever the validator thinks of them (RFC 4035 section 3.2.2). */
export async function checkUnvalidated(
  namespace: Namespace,
  resolver: string,
  parameters: readonly string[],
  want: Expectation,
): Promise<DigReply> {
  const reply = await dig(namespace, { address: resolver }, ['+cd', ...parameters]);
  const { status, answer, answerTypes } = want;
  compareReply(reply, {
    status,
    ...(answer === undefined ? {} : { answer }),
    ...(answerTypes === undefined ? {} : { answerTypes }),
  });
  expect(reply.flags, reply.text).toContain('cd');
  return reply;
}

export function compareReply(reply: DigReply, want: Expectation): void {
  expect(reply.status, reply.text).toBe(want.status);
  if (want.ad !== undefined) expect(reply.flags.includes('ad'), `AD in\n${reply.text}`).toBe(want.ad);
  if (want.answer !== undefined) expect(inOneCase(reply.answer), reply.text).toEqual(inOneCase(want.answer));
  if (want.answerTypes !== undefined) {
    const types = new Set(reply.answer.map((record) => record.split(' ')[1]));
    expect([...types].sort(), reply.text).toEqual([...want.answerTypes].sort());
  }
  if (want.ede !== undefined && !IS_STAND_IN) {
    const { ede } = want;
    const given = reply.extendedErrors.find(({ code }) => ede.includes(code));
    expect(given, `EDE ${ede.join(' or ')} in\n${reply.text}`).toBeDefined();
    expect(given?.text, `a text with EDE ${given?.code} in\n${reply.text}`).not.toBe('');
  }
}

/**
 * Names differ in case without being different (RFC 4343 section 3), and a server that caches may answer in the case of
 * an earlier question: PowerDNS does, and points compressed names in RDATA at it.
 */
function inOneCase(records: readonly string[]): string[] {
  return records.map((record) => record.toLowerCase()).sort();
}
