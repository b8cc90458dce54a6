// Headers of every reply: what a browser must not do with it.

/** No script, style or picture but our own, nothing inline, no frame around it, no form that leads elsewhere. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** `crossOrigin` is the value of `webservice.cross_origin_request_header`; empty for none. */
export function securityHeaders(crossOrigin: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    ...(crossOrigin === ''
      ? { 'cross-origin-resource-policy': 'same-origin' }
      : { 'access-control-allow-origin': crossOrigin, ...(crossOrigin === '*' ? {} : { vary: 'Origin' }) }),
  };
}

/** The reply to a browser that asks whether another site's page may send a request. */
export const preflightHeaders: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE, OPTIONS',
  'access-control-allow-headers': 'Content-Type, X-API-Key',
  'access-control-max-age': '3600',
};
