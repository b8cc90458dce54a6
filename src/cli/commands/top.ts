// `kedge top`: the overview of the running resolver, renewed every few seconds.
import type { Overview } from '../../web/target.ts';
import { askProgram } from '../control/control-client.ts';
import { controlPlace } from '../control/control-place.ts';
import { ExitCode, processTerminal, type Terminal } from '../terminal.ts';
import { overviewScreen, type ScreenSize, type ScreenStyle } from '../top/screen.ts';

export interface TopFlags {
  readonly config?: string;
  readonly configDir?: string;
  readonly configName?: string;
  readonly socketDir?: string;
  /** Seconds. */
  readonly interval: string;
  readonly once?: boolean;
  readonly json?: boolean;
  readonly color?: boolean;
}

const ANSWER_TIMEOUT_MS = 5000;
const MAX_INTERVAL_SECONDS = 3600;

/** Shows the overview once, or until the user has seen enough. */
export async function top(flags: TopFlags, terminal: Terminal): Promise<number> {
  const seconds = Number(flags.interval);
  if (!(seconds >= 0.5 && seconds <= MAX_INTERVAL_SECONDS)) {
    terminal.error(
      `kedge top: --interval takes seconds from 0.5 to ${MAX_INTERVAL_SECONDS}, not '${flags.interval}'\n`,
    );
    return ExitCode.USAGE;
  }
  const place = controlPlace({
    words: [],
    wants: 'command',
    timeoutMs: ANSWER_TIMEOUT_MS,
    configFile: flags.config,
    configDirectory: flags.configDir,
    configName: flags.configName,
    socketDirectory: flags.socketDir,
    socketPid: undefined,
  });
  if (!place.ok) {
    terminal.error(`kedge top: ${place.reason}\n`);
    return ExitCode.BAD;
  }
  const ask = (): Promise<Asked> => askOverview(place.path);
  const isScreen = terminal === processTerminal && process.stdout.isTTY === true;
  if (flags.json === true || flags.once === true || !isScreen) return await showOnce(ask, flags, terminal);
  return await showUntilEnd(ask, seconds * 1000, styleOf(flags, true));
}

type Asked =
  | { readonly ok: true; readonly overview: Overview; readonly json: string }
  | { readonly ok: false; readonly why: string };

async function askOverview(path: string): Promise<Asked> {
  const answer = await askProgram({ path, args: ['overview'], timeoutMs: ANSWER_TIMEOUT_MS }, { file: () => {} });
  if (!answer.ok) return { ok: false, why: `${answer.text}; does kedge run? --socket-dir says where its socket is` };
  const overview = parsedOverview(answer.text);
  if (answer.exit !== 0 || overview === undefined) return { ok: false, why: answer.text.trim() };
  return { ok: true, overview, json: answer.text };
}

/** Undefined for anything that is no overview of this version. */
function parsedOverview(text: string): Overview | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isOverview(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const PARTS = ['queries', 'cache', 'verdicts', 'latency', 'upstream', 'process', 'series', 'slowServers'] as const;

function isOverview(value: unknown): value is Overview {
  if (typeof value !== 'object' || value === null) return false;
  return PARTS.every((part) => part in value) && 'failingZones' in value && Array.isArray(value.failingZones);
}

function styleOf({ color }: TopFlags, isScreen: boolean): ScreenStyle {
  const { LC_ALL, LC_CTYPE, LANG = '', NO_COLOR = '', TERM } = process.env;
  const locale = LC_ALL || LC_CTYPE || LANG;
  const isAsked = color ?? (isScreen && NO_COLOR === '' && TERM !== 'dumb');
  return { unicode: /utf-?8/i.test(locale), color: isAsked };
}

async function showOnce(ask: () => Promise<Asked>, flags: TopFlags, terminal: Terminal): Promise<number> {
  const asked = await ask();
  if (!asked.ok) {
    terminal.error(`kedge top: ${asked.why}\n`);
    return ExitCode.BAD;
  }
  const size = { columns: terminal === processTerminal ? (process.stdout.columns ?? 100) : 100, rows: undefined };
  const lines = overviewScreen(asked.overview, size, styleOf(flags, false));
  terminal.out(flags.json === true ? asked.json : `${lines.join('\n')}\n`);
  return ExitCode.SUCCESS;
}

const Screen = {
  enter: '\x1b[?1049h\x1b[?25l',
  leave: '\x1b[?25h\x1b[?1049l',
  home: '\x1b[H',
  clearToLineEnd: '\x1b[K',
  clearBelow: '\x1b[J',
} as const;

/** q, Q, Ctrl-C, Ctrl-D and Escape: in raw mode the terminal makes no signals of them. */
const END_KEYS: ReadonlySet<number> = new Set([0x71, 0x51, 0x03, 0x04, 0x1b]);

/** On the alternate screen, until q, Ctrl-C or a signal; the terminal is left as it was. */
async function showUntilEnd(ask: () => Promise<Asked>, intervalMs: number, style: ScreenStyle): Promise<number> {
  const { stdin, stdout } = process;
  const ended = new AbortController();
  const end = (): void => ended.abort();
  const onKey = (keys: Buffer): void => {
    if (keys.some((key) => END_KEYS.has(key))) end();
  };
  const last: { asked?: Asked } = {};
  const draw = (): void => {
    if (last.asked !== undefined) stdout.write(frame(last.asked, sizeOf(stdout), style));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  stdout.on('resize', draw);
  stdout.once('error', end);
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on('data', onKey);
  stdout.write(Screen.enter);
  try {
    while (!ended.signal.aborted) {
      last.asked = await ask();
      draw();
      await pause(intervalMs, ended.signal);
    }
  } finally {
    stdout.write(Screen.leave);
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.off('data', onKey);
    stdin.pause();
    stdout.off('resize', draw);
  }
  return ExitCode.SUCCESS;
}

function sizeOf({ columns, rows }: NodeJS.WriteStream): ScreenSize {
  // A pseudo-terminal that was never given a size has none: 0 by 0.
  return { columns: columns || 80, rows: rows || 24 };
}

/** One picture; the last line says how to leave. */
function frame(asked: Asked, { columns, rows = 24 }: ScreenSize, style: ScreenStyle): string {
  const lines = asked.ok
    ? overviewScreen(asked.overview, { columns, rows: rows - 1 }, style)
    : [asked.why.slice(0, columns), 'Asking again.'];
  const whole = lines.map((line) => `${line}${Screen.clearToLineEnd}`).join('\r\n');
  return `${Screen.home}${whole}\r\n${'q ends'.slice(0, columns)}${Screen.clearBelow}`;
}

/** Ends early when the user wants to leave. */
function pause(ms: number, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      ended.removeEventListener('abort', done);
      resolve();
    }
    ended.addEventListener('abort', done);
    if (ended.aborted) done();
  });
}
