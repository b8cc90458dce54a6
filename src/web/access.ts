// Who may use a route: hooks that each route begins with.
import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { Credential } from './credential.ts';
import { type Refusal, refusal } from './refusal.ts';
import type { WebLog, WebSettings } from './settings.ts';
import { sourceOf, type WrongKeys } from './sources.ts';

/** Hooks for `onRequest`: each answers the request itself when it is not to go on. */
export interface Access {
  /** Pages, numbers, what is shown: everybody who may connect; with a password only those who have it, or the key. */
  readonly read: onRequestAsyncHookHandler;
  /** What changes something: only with the API key. */
  readonly write: onRequestAsyncHookHandler;
  /** What PowerDNS gives away while there is no API key; with one, only with it or the password. */
  readonly discovery: onRequestAsyncHookHandler;
}

export interface AccessParts {
  readonly settings: () => WebSettings;
  readonly wrongKeys: WrongKeys;
  readonly nowMs: () => number;
  readonly log: Pick<WebLog, 'warn'>;
}

interface Shown {
  readonly key: string | undefined;
  readonly password: string | undefined;
}

const OPENSSL_LINE = 'make one with: openssl rand -hex 32';

export function makeAccess(parts: AccessParts): Access {
  const guard =
    (decide: (request: FastifyRequest) => Promise<Refusal | undefined>): onRequestAsyncHookHandler =>
    async (request, reply) => {
      const refused = await decide(request);
      if (refused !== undefined) return await refuse(reply, refused);
      return undefined;
    };
  return {
    read: guard(async (request) => {
      const { apiKey, password } = parts.settings();
      return password === undefined ? undefined : await checked(request, { apiKey, password }, parts);
    }),
    write: guard(async (request) => {
      const { apiKey } = parts.settings();
      if (apiKey === undefined) {
        return refusal(
          403,
          'there is no API key, so nothing can be changed here',
          `Set webservice.api_key (${OPENSSL_LINE}) and read the configuration again.`,
        );
      }
      return await checked(request, { apiKey, password: undefined }, parts);
    }),
    discovery: guard(async (request) => {
      const { apiKey, password } = parts.settings();
      return apiKey === undefined && password === undefined
        ? undefined
        : await checked(request, { apiKey, password }, parts);
    }),
  };
}

export async function refuse(reply: FastifyReply, { status, error, remedy, headers = {} }: Refusal): Promise<unknown> {
  return await reply.code(status).headers(headers).send({ error, remedy });
}

interface Wanted {
  readonly apiKey: Credential | undefined;
  readonly password: Credential | undefined;
}

/** Whether one of the credentials that the route accepts was shown. */
async function checked(request: FastifyRequest, wanted: Wanted, parts: AccessParts): Promise<Refusal | undefined> {
  const shown = shownBy(request);
  const pairs = [
    { credential: wanted.apiKey, text: shown.key },
    { credential: wanted.password, text: shown.password },
  ];
  if (pairs.every(({ credential, text }) => credential === undefined || text === undefined)) {
    return unauthorised(wanted, 'this needs a key', 'it was not shown');
  }
  const { wrongKeys, nowMs, log } = parts;
  const source = sourceOf(request.ip);
  const waitSeconds = wrongKeys.waitSeconds(source, nowMs());
  if (waitSeconds > 0) {
    return refusal(429, 'too many wrong keys from this address', `Wait ${waitSeconds} seconds.`, {
      'retry-after': String(waitSeconds),
    });
  }
  for (const { credential, text } of pairs) {
    if (credential === undefined || text === undefined) continue;
    const verdict = await credential.check(text);
    if (verdict === 'right') return undefined;
    if (verdict === 'busy') {
      return refusal(503, 'other keys are being looked at', 'Try again in a second.', { 'retry-after': '1' });
    }
  }
  wrongKeys.failed(source, nowMs());
  // A line of its own: no flood of other requests hides it.
  log.warn('wrong key or password for the web server', { client: request.ip });
  return unauthorised(wanted, 'the key is wrong', 'it is not the configured one');
}

function unauthorised({ apiKey, password }: Wanted, error: string, what: string): Refusal {
  // A browser asks its user for the password, and knows nothing of keys.
  const scheme = password === undefined ? 'X-API-Key' : 'Basic';
  const ways = [
    ...(apiKey === undefined ? [] : ['the API key in the header X-API-Key']),
    ...(password === undefined ? [] : ['the password by basic authentication, with any user name']),
  ];
  return refusal(401, `${error}: ${what}`, `Send ${ways.join(', or ')}.`, {
    'www-authenticate': `${scheme} realm="kedge"${scheme === 'Basic' ? ', charset="UTF-8"' : ''}`,
  });
}

/** Headers only: what stands in an address ends up in histories and logs. */
function shownBy({ headers }: FastifyRequest): Shown {
  const { authorization = '' } = headers;
  const apiKey = headers['x-api-key'];
  const [, scheme = '', value = ''] = /^([A-Za-z]+) +(\S+)$/.exec(authorization) ?? [];
  const bearer = scheme.toLowerCase() === 'bearer' ? value : undefined;
  return {
    key: typeof apiKey === 'string' ? apiKey : bearer,
    password: scheme.toLowerCase() === 'basic' ? basicPassword(value) : undefined,
  };
}

/** RFC 7617: base64 of `user:password`; any user is right. */
function basicPassword(value: string): string | undefined {
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : text.slice(colon + 1);
}
