// `kedge explain`: the chain of trust behind one answer, link by link, and for a failure what to do about it. By itself
// with a configuration, or as the running resolver has it.
import { writeFileSync } from 'node:fs';
import { findingText } from '../../config/config-error.ts';
import { configSource } from '../../config/source.ts';
import { openAside } from '../../daemon/aside-resolver.ts';
import { explainQuestion } from '../../daemon/explain.ts';
import {
  type ExplainWish,
  isSupposition,
  readExplainWish,
  supposeAnchors,
  supposedConfig,
} from '../../daemon/explain-wish.ts';
import { StartError } from '../../daemon/start-error.ts';
import { type ExplainedAttempt, type Explanation, isExplanation } from '../../explain/explanation.ts';
import { explanationSvg } from '../../explain/svg.ts';
import { explanationText } from '../../explain/text.ts';
import { typeText } from '../../wire/constants.ts';
import { nameText } from '../../wire/name-text.ts';
import { askProgram, systemText } from '../control/control-client.ts';
import { controlPlace } from '../control/control-place.ts';
import { ExitCode, processTerminal, type Terminal } from '../terminal.ts';

/** The running resolver may have to resolve first. */
const CONTROL_TIMEOUT_MS = 15_000;

/** The options as the command line gives them. */
export interface ExplainFlags {
  readonly config?: string;
  readonly daemon?: boolean;
  readonly socketDir?: string;
  readonly json?: boolean;
  readonly svg?: string;
  readonly at?: string;
  readonly withAnchor?: readonly string[];
  readonly withoutAnchor?: readonly string[];
  readonly assumeAlgDisabled?: readonly string[];
  readonly color?: boolean;
}

/** Explains and prints; the exit code is 1 for an answer that is bogus or was not to be had. */
export async function explain(words: readonly string[], flags: ExplainFlags, terminal: Terminal): Promise<number> {
  const wanted = readWanted(words, flags);
  if (typeof wanted === 'string') {
    terminal.error(`kedge: ${wanted}\n`);
    return ExitCode.USAGE;
  }
  const explanation =
    flags.daemon === true ? await askRunning(wanted, flags) : await resolveHere(wanted, flags, terminal);
  if (typeof explanation === 'string') {
    terminal.error(`kedge: ${explanation}\n`);
    return ExitCode.BAD;
  }
  if (flags.svg !== undefined) {
    const problem = writeDrawing(flags.svg, explanation);
    if (problem !== undefined) {
      terminal.error(`kedge: ${problem}\n`);
      return ExitCode.BAD;
    }
  }
  const json = flags.json === true;
  terminal.out(
    json
      ? `${JSON.stringify(explanation, undefined, 2)}\n`
      : explanationText(explanation, { color: isColored(flags, terminal) }),
  );
  return explanation.status === 'bogus' || explanation.status === 'failed' ? ExitCode.BAD : ExitCode.SUCCESS;
}

/** The question and the changes, or what is wrong with the command line. */
function readWanted([nameWord, typeWord, ...rest]: readonly string[], flags: ExplainFlags): ExplainWish | string {
  if (nameWord === undefined) return 'name what to explain: kedge explain NAME [TYPE]';
  if (rest.length > 0) return `'${rest.join(' ')}' is too much: kedge explain NAME [TYPE]`;
  const words = {
    name: nameWord,
    type: typeWord,
    at: flags.at,
    withAnchors: flags.withAnchor,
    withoutAnchors: flags.withoutAnchor,
    disabledAlgorithms: flags.assumeAlgDisabled,
  };
  const wanted = readExplainWish(words, '--');
  if (typeof wanted !== 'string' && flags.daemon === true && isSupposition(wanted)) {
    return '--daemon shows what the running resolver holds; --at, the anchors and algorithms cannot be changed there';
  }
  return wanted;
}

async function resolveHere(
  wanted: ExplainWish,
  flags: ExplainFlags,
  terminal: Terminal,
): Promise<Explanation | string> {
  const read = configSource({ file: flags.config, overrides: [] }).read();
  if (!read.ok) return read.errors.map(findingText).join('\nkedge: ');
  const progress = progressOn(terminal, flags);
  try {
    const aside = openAside(supposedConfig(read.config, wanted), {
      atSeconds: wanted.atSeconds,
      changeAnchors: (anchors) => supposeAnchors(anchors, wanted),
      onAttempt: progress.show,
    });
    try {
      const { resolver, clock, localData, attempts } = aside;
      const parts = { resolver, clock, localData, attempts, source: 'here' } as const;
      return await explainQuestion(wanted.name, wanted.type, parts);
    } finally {
      aside.close();
    }
  } catch (error) {
    if (error instanceof StartError) return `${error.message} ${error.remedy}`.trim();
    throw error;
  } finally {
    progress.end();
  }
}

async function askRunning({ name, type }: ExplainWish, flags: ExplainFlags): Promise<Explanation | string> {
  const place = controlPlace({
    configDirectory: undefined,
    configFile: flags.config,
    configName: undefined,
    socketDirectory: flags.socketDir,
    socketPid: undefined,
    timeoutMs: CONTROL_TIMEOUT_MS,
    wants: 'command',
    words: [],
  });
  if (!place.ok) return place.reason;
  const args = ['explain', nameText(name), typeText(type)];
  const answer = await askProgram({ path: place.path, args, timeoutMs: CONTROL_TIMEOUT_MS }, { file: () => undefined });
  if (!answer.ok) return answer.text;
  if (answer.exit !== 0) return answer.text.trimEnd();
  try {
    const value: unknown = JSON.parse(answer.text);
    if (isExplanation(value)) return value;
  } catch {
    // Said below.
  }
  return 'the running resolver gave no explanation that this version understands';
}

function writeDrawing(path: string, explanation: Explanation): string | undefined {
  try {
    writeFileSync(path, explanationSvg(explanation));
    return undefined;
  } catch (error) {
    return `cannot write ${path}: ${systemText(error)}`;
  }
}

function isColored({ color }: ExplainFlags, terminal: Terminal): boolean {
  if (color !== undefined) return color;
  const { NO_COLOR } = process.env;
  return terminal === processTerminal && process.stdout.isTTY === true && (NO_COLOR ?? '') === '';
}

/** One line on a terminal that shows what is asked at the moment, and goes away in the end. */
function progressOn(
  terminal: Terminal,
  { json }: ExplainFlags,
): { show(attempt: ExplainedAttempt): void; end(): void } {
  if (terminal !== processTerminal || process.stderr.isTTY !== true || json === true) {
    return { show: () => {}, end: () => {} };
  }
  let count = 0;
  const clear = '\r\x1b[K';
  return {
    show: ({ server, name, type, outcome }) => {
      count++;
      const width = Math.max(20, (process.stderr.columns ?? 80) - 1);
      terminal.error(`${clear}${`${count} queries, last ${server} ${name} ${type}: ${outcome}`.slice(0, width)}`);
    },
    end: () => {
      if (count > 0) terminal.error(clear);
    },
  };
}
