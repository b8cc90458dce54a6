// Collects what is found wrong or odd while a configuration is read.
import { ConfigError, type ConfigWarning } from './config-error.ts';
import type { Place } from './input.ts';

/** Most errors kept: a wrong kind of file would produce one for every line. */
const MAX_ERRORS = 100;

/** The errors and warnings of one load, in the order found. */
export class Findings {
  readonly errors: ConfigError[] = [];
  readonly warnings: ConfigWarning[] = [];

  /** Returns undefined, for the caller to return. */
  error(place: Place, path: string, message: string, expected = ''): undefined {
    if (this.errors.length < MAX_ERRORS) this.errors.push(new ConfigError(place, path, message, expected));
  }

  warn(place: Place, path: string, message: string): void {
    if (this.warnings.length < MAX_ERRORS) {
      this.warnings.push({ file: place.file, line: place.line, column: place.column, path, message });
    }
  }
}
