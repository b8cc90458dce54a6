// What each validation mode asks of the resolver for one client (POWERDNS 5.1).
import type { ResolutionRequest } from '../resolver/resolution.ts';
import type { Question } from '../wire/message.ts';
import type { Request } from './request.ts';

/**
 * - `off`, `process-no-validate`: never validates.
 * - `process`: validates for clients that set AD or DO.
 * - `log-fail`: always validates, but refuses bogus data only to clients that set AD or DO.
 * - `validate`: always validates, and refuses bogus data to everyone who does not set CD.
 */
export type ValidationMode = 'off' | 'process-no-validate' | 'process' | 'log-fail' | 'validate';

export interface ValidationOptions {
  readonly mode: ValidationMode;
  /** Bogus data are handed over, without AD, whatever the client set. */
  readonly permissive: boolean;
  /** CD does not open the way to bogus data. */
  readonly ignoreCheckingDisabled: boolean;
}

/** The resolution request of one client's request, for `question`, which may be an alias target of the one it asked. */
export function resolutionRequest(request: Request, question: Question, options: ValidationOptions): ResolutionRequest {
  const { mode } = options;
  const aware = request.dnssecOk || request.authenticData;
  const honoursCD = !options.ignoreCheckingDisabled && mode !== 'off';
  const wantsAll = options.permissive || (request.checkingDisabled && !options.ignoreCheckingDisabled);
  const asked = {
    question,
    recursionDesired: request.recursionDesired,
    validate: validates(mode, aware),
    checkingDisabled: wantsAll || !refusesBogus(mode, aware),
  };
  return request.checkingDisabled && honoursCD ? { ...asked, clientValidates: true } : asked;
}

/** Whether data for a client are validated; `aware` of one that set AD or DO. */
function validates(mode: ValidationMode, aware: boolean): boolean {
  switch (mode) {
    case 'off':
    case 'process-no-validate':
      return false;
    case 'process':
      return aware;
    case 'log-fail':
    case 'validate':
      return true;
    default:
      return mode satisfies never;
  }
}

/** Whether such a client is refused data that turn out bogus. */
function refusesBogus(mode: ValidationMode, aware: boolean): boolean {
  return mode === 'log-fail' ? aware : validates(mode, aware);
}
