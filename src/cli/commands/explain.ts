// `kedge explain`: the chain of trust behind one answer, link by link, and for a failure what to do about it. By itself
// with a configuration, or as the running resolver has it.
import { writeFileSync } from 'node:fs';
import { readAnchorText } from '../../config/anchor-text.ts';
import { findingText } from '../../config/config-error.ts';
import type { Config } from '../../config/schema.ts';
import { configSource } from '../../config/source.ts';
import { openAside } from '../../daemon/aside-resolver.ts';
import { explainQuestion } from '../../daemon/explain.ts';
import { StartError } from '../../daemon/start-error.ts';
import type { TrustAnchors } from '../../dnssec/trust-anchor.ts';
import { type ExplainedAttempt, type Explanation, isExplanation } from '../../explain/explanation.ts';
import { explanationSvg } from '../../explain/svg.ts';
import { explanationText } from '../../explain/text.ts';
import { parseType, RRType, typeText } from '../../wire/constants.ts';
import type { DomainName } from '../../wire/name.ts';
import { nameText, parseName } from '../../wire/name-text.ts';
import type { DSData } from '../../wire/rdata-dnssec.ts';
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

/** What is to be explained, and with which changes. */
interface Wanted {
  readonly name: DomainName;
  readonly type: number;
  readonly atSeconds: number | undefined;
  readonly added: readonly { readonly zone: DomainName; readonly ds: readonly DSData[] }[];
  readonly removed: readonly DomainName[];
  readonly disabledAlgorithms: readonly number[];
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
function readWanted([nameWord, typeWord, ...rest]: readonly string[], flags: ExplainFlags): Wanted | string {
  if (nameWord === undefined) return 'name what to explain: kedge explain NAME [TYPE]';
  if (rest.length > 0) return `'${rest.join(' ')}' is too much: kedge explain NAME [TYPE]`;
  const name = parseName(nameWord);
  if (!name.ok) return `'${nameWord}': ${name.error}`;
  const type = typeWord === undefined ? RRType.A : parseType(typeWord);
  if (type === undefined) return `'${typeWord}' is no type`;
  const atSeconds = flags.at === undefined ? undefined : parseDate(flags.at);
  if (Number.isNaN(atSeconds)) return `--at '${flags.at}' is no date; write 2026-12-31 or 2026-12-31T12:00:00Z`;
  const added: { zone: DomainName; ds: readonly DSData[] }[] = [];
  for (const text of flags.withAnchor ?? []) {
    const anchor = readAnchor(text);
    if (typeof anchor === 'string') return `--with-anchor '${text}': ${anchor}`;
    added.push(anchor);
  }
  const removed: DomainName[] = [];
  for (const text of flags.withoutAnchor ?? []) {
    const zone = parseName(text);
    if (!zone.ok) return `--without-anchor '${text}': ${zone.error}`;
    removed.push(zone.name);
  }
  const disabledAlgorithms = (flags.assumeAlgDisabled ?? []).map(Number);
  const odd = disabledAlgorithms.findIndex((number) => !Number.isInteger(number) || number < 0 || number > 255);
  if (odd >= 0) return `--assume-alg-disabled '${flags.assumeAlgDisabled?.[odd]}' is no algorithm number`;
  const isChanged = atSeconds !== undefined || added.length + removed.length + disabledAlgorithms.length > 0;
  if (flags.daemon === true && isChanged) {
    return '--daemon shows what the running resolver holds; --at, the anchors and algorithms cannot be changed there';
  }
  return { name: name.name, type, atSeconds, added, removed, disabledAlgorithms };
}

/** Unix seconds; `2026-12-31`, with time, as digits only (RFC 4034 3.2), or as seconds. NaN when it is none. */
export function parseDate(text: string): number {
  const digits = /^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})$/.exec(text);
  if (digits !== null) {
    const [, year, month, day, hour, minute, second] = digits;
    return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000;
  }
  if (/^[0-9]{9,11}$/.test(text)) return Number(text);
  return Math.floor(Date.parse(text) / 1000);
}

function readAnchor(text: string): { zone: DomainName; ds: readonly DSData[] } | string {
  const [zoneWord = '', ...rest] = text.trim().split(/\s+/);
  const zone = parseName(zoneWord);
  if (!zone.ok) return zone.error;
  const read = readAnchorText(zone.name, rest.join(' '));
  return read.ok ? { zone: zone.name, ds: read.value.ds } : read.error;
}

async function resolveHere(wanted: Wanted, flags: ExplainFlags, terminal: Terminal): Promise<Explanation | string> {
  const read = configSource({ file: flags.config, overrides: [] }).read();
  if (!read.ok) return read.errors.map(findingText).join('\nkedge: ');
  const progress = progressOn(terminal, flags);
  try {
    const aside = openAside(changedConfig(read.config, wanted), {
      atSeconds: wanted.atSeconds,
      changeAnchors: (anchors) => changeAnchors(anchors, wanted),
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

/** With validation switched off there would be nothing to explain. */
function changedConfig(config: Config, { disabledAlgorithms }: Wanted): Config {
  const { dnssec } = config;
  const validation = dnssec.validation === 'off' ? 'validate' : dnssec.validation;
  const disabled_algorithms = [...dnssec.disabled_algorithms, ...disabledAlgorithms];
  return { ...config, dnssec: { ...dnssec, validation, disabled_algorithms } };
}

function changeAnchors(anchors: TrustAnchors, { added, removed }: Wanted): void {
  for (const zone of removed) {
    anchors.removeAnchor(zone);
    anchors.removeNegative(zone);
  }
  for (const { zone, ds } of added) {
    // A negative anchor of the same name would win.
    anchors.removeNegative(zone);
    for (const entry of ds) anchors.addDS(zone, entry);
  }
}

async function askRunning({ name, type }: Wanted, flags: ExplainFlags): Promise<Explanation | string> {
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
