// What each validation mode asks of the resolver for one client (POWERDNS 5.1).
import type { ResolutionRequest } from '../resolver/resolution.ts';
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

/** The resolution request of one client's request. */
export function resolutionRequest(request: Request, options: ValidationOptions): ResolutionRequest {
  const isIgnored = options.ignoreCheckingDisabled || options.mode === 'off';
  const asked = requestOf(request, options);
  return request.checkingDisabled && !isIgnored ? { ...asked, clientValidates: true } : asked;
}

function requestOf(request: Request, options: ValidationOptions): ResolutionRequest {
  const { question, recursionDesired } = request;
  const aware = request.dnssecOk || request.authenticData;
  const wantsAll = options.permissive || (request.checkingDisabled && !options.ignoreCheckingDisabled);
  switch (options.mode) {
    case 'off':
    case 'process-no-validate':
      return { question, recursionDesired, validate: false, checkingDisabled: true };
    case 'process':
      return { question, recursionDesired, validate: aware, checkingDisabled: !aware || wantsAll };
    case 'log-fail':
      return { question, recursionDesired, validate: true, checkingDisabled: !aware || wantsAll };
    case 'validate':
      return { question, recursionDesired, validate: true, checkingDisabled: wantsAll };
    default:
      return options.mode satisfies never;
  }
}
