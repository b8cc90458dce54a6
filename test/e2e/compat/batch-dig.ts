/** Many questions in one run of `dig`: a process for each would take longer than the servers' work. */
import { writeFileSync } from 'node:fs';
import { type DigReply, type DigTarget, parseDig } from '../support/dig.ts';
import type { Namespace } from '../support/namespace.ts';
import { programPath } from '../support/programs.ts';

const BATCH_TIMEOUT_MS = 240_000;

/**
 * Asks one after the other, in order. Replies are told apart by their message id, which is the question's index; where
 * there was none the status is 'TIMEOUT'.
 */
export async function digAll(
  namespace: Namespace,
  target: DigTarget,
  questions: readonly (readonly string[])[],
): Promise<DigReply[]> {
  const file = namespace.path(`questions-${target.address}-${target.port ?? 53}`);
  const lines = questions.map((parameters, index) => [`+qid=${index + 1}`, ...parameters].join(' '));
  writeFileSync(file, `${lines.join('\n')}\n`);
  const server = [`@${target.address}`, '-p', String(target.port ?? 53)];
  const finished = await namespace.run(
    [programPath('dig'), '-r', ...server, '+tries=1', '+time=12', '+nocookie', '-f', file],
    { timeoutMs: BATCH_TIMEOUT_MS },
  );
  const texts = new Map<number, string>();
  for (const text of finished.stdout.split(/^(?=;; Got answer:)/m)) {
    const id = /^;; ->>HEADER<<-.* id: (\d+)$/m.exec(text)?.[1];
    if (id !== undefined) texts.set(Number(id), text);
  }
  return questions.map((_, index) => parseDig(texts.get(index + 1) ?? ''));
}
