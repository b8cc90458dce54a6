// `kedge check-config`: everything that would stop the program, what has no effect, and what is dangerous.
import { ConfigError, type ConfigWarning, findingText } from '../../config/config-error.ts';
import { lintConfig } from '../../config/lint.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { loadConfigAt } from '../../config/source.ts';
import { checkStart } from '../../daemon/check-start.ts';
import { ExitCode, type Terminal } from '../terminal.ts';

/** Prints the findings for a file or a directory; the exit code says whether the program would start. */
export function checkConfig(path: string, json: boolean, terminal: Terminal): number {
  const loaded = loadConfigAt(path);
  const report = loaded instanceof ConfigError ? missingReport(path, loaded) : reportOf(path, loaded);
  terminal.out(json ? jsonText(report) : plainText(report));
  return report.errors.length + report.problems.length === 0 ? ExitCode.SUCCESS : ExitCode.BAD;
}

interface Report {
  /** The main file. */
  readonly file: string;
  readonly errors: readonly ConfigError[];
  /** What would stop the program although every option by itself is right, each with its place in front. */
  readonly problems: readonly string[];
  readonly warnings: readonly ConfigWarning[];
}

function missingReport(file: string, error: ConfigError): Report {
  return { file, errors: [error], problems: [], warnings: [] };
}

function reportOf(path: string, loaded: LoadedConfig): Report {
  const { result, files } = loaded;
  const file = files[0] ?? path;
  const problems = checkStart(result.ok ? result.config : loaded.draft).map((problem) => {
    return `${placeText(problem, loaded) ?? file}: ${problem}`;
  });
  const errors = result.ok ? [] : result.errors;
  const warnings = inOrderOf(files, [...result.warnings, ...lintConfig(loaded)]);
  return { file, errors, problems, warnings };
}

/** Where the option stands that a problem is about: the first that it names and that is given. */
function placeText(problem: string, { given }: LoadedConfig): string | undefined {
  for (const [path] of problem.matchAll(/\b[a-z]+\.[a-z0-9_]+\b/g)) {
    const place = given.get(path)?.place;
    if (place !== undefined) return `${place.file}:${place.line}:${place.column}`;
  }
  return undefined;
}

/** By file in the order of reading, then by line. */
function inOrderOf(files: readonly string[], warnings: readonly ConfigWarning[]): readonly ConfigWarning[] {
  const rank = new Map(files.map((file, index) => [file, index]));
  const rankOf = ({ file }: ConfigWarning) => rank.get(file) ?? files.length;
  return warnings.toSorted((a, b) => rankOf(a) - rankOf(b) || a.line - b.line || a.column - b.column);
}

function plainText({ file, errors, problems, warnings }: Report): string {
  const lines = [
    ...errors.map((error) => `error: ${findingText(error)}`),
    ...problems.map((problem) => `error: ${problem}`),
    ...warnings.flatMap((warning) => [
      `warning: ${findingText(warning)}`,
      ...(warning.remedies ?? []).map((remedy) => `    ${remedy}`),
    ]),
    summary(file, errors.length + problems.length, warnings.length),
  ];
  return `${lines.join('\n')}\n`;
}

function jsonText({ file, errors, problems, warnings }: Report): string {
  const valid = errors.length + problems.length === 0;
  const findings = [...errors, ...warnings].map(findingJson);
  return `${JSON.stringify({ file, valid, findings, problems }, undefined, 2)}\n`;
}

function findingJson(finding: ConfigError | ConfigWarning): object {
  const { file, line, column, path, message } = finding;
  const place = { file, line, column, path, message };
  if (finding instanceof ConfigError) {
    return { severity: 'error', ...place, ...(finding.expected === '' ? {} : { expected: finding.expected }) };
  }
  const { remedies } = finding;
  return { severity: 'warning', ...place, ...(remedies === undefined ? {} : { remedies }) };
}

function summary(file: string, errors: number, warnings: number): string {
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  const verdict = errors === 0 ? 'is valid' : 'is not valid';
  return `${file} ${verdict}: ${count(errors, 'error')}, ${count(warnings, 'warning')}`;
}
