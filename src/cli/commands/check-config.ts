// `kedge check-config`: everything that would stop the program, and everything that has no effect.
import { ConfigError, type ConfigWarning, findingText } from '../../config/config-error.ts';
import { loadConfigFile } from '../../config/load.ts';
import { checkStart } from '../../daemon/check-start.ts';
import { ExitCode, type Terminal } from '../terminal.ts';

/** Prints the findings; the exit code says whether the program would start. */
export function checkConfig(file: string, json: boolean, terminal: Terminal): number {
  const result = loadConfigFile(file);
  const errors = result.ok ? [] : result.errors;
  // Files that options name are only worth reading when the options themselves are right.
  const problems = result.ok ? checkStart(result.config) : [];
  const isValid = errors.length === 0 && problems.length === 0;
  if (json) {
    const findings = [...errors, ...result.warnings].map(findingJson);
    terminal.out(`${JSON.stringify({ file, valid: isValid, findings, problems }, undefined, 2)}\n`);
  } else {
    for (const error of errors) terminal.out(`error: ${findingText(error)}\n`);
    for (const problem of problems) terminal.out(`error: ${file}: ${problem}\n`);
    for (const warning of result.warnings) terminal.out(`warning: ${findingText(warning)}\n`);
    terminal.out(summary(file, errors.length + problems.length, result.warnings.length));
  }
  return isValid ? ExitCode.SUCCESS : ExitCode.BAD;
}

function findingJson(finding: ConfigError | ConfigWarning): object {
  const { file, line, column, path, message } = finding;
  const severity = finding instanceof ConfigError ? 'error' : 'warning';
  const expected = finding instanceof ConfigError ? finding.expected : '';
  return { severity, file, line, column, path, message, ...(expected === '' ? {} : { expected }) };
}

function summary(file: string, errors: number, warnings: number): string {
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  const verdict = errors === 0 ? 'is valid' : 'is not valid';
  return `${file} ${verdict}: ${count(errors, 'error')}, ${count(warnings, 'warning')}\n`;
}
