// What the routes of `/api/kedge` are made of.
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { refuse } from './access.ts';
import type { Schema } from './kedge-api-schemas.ts';
import { refusal } from './refusal.ts';
import './route-schema.ts';
import type { Answered } from './target.ts';

/** A name of 255 octets, each of which may be written with four characters. */
export const MAX_NAME = 1100;
const MAX_WORD = 200;
/** A DNSKEY record with the largest key in base64. */
export const MAX_RECORD = 12_000;
/** Of each kind of supposition. */
const MAX_SUPPOSITIONS = 10;

export interface KedgeRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly access: 'read' | 'write';
  readonly schema: Omit<FastifySchema, 'tags'>;
  /** Gives what is sent; undefined when it has replied itself. */
  readonly answer: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

export const word = (description: string, maxLength = MAX_WORD) =>
  ({ type: 'string', maxLength, description }) as const;
export const several = (description: string, maxLength: number) => ({
  type: 'array',
  items: { type: 'string', maxLength },
  maxItems: MAX_SUPPOSITIONS,
  description,
});
export const limit = (most: number, usual: number) => ({ type: 'integer', minimum: 1, maximum: most, default: usual });
export const parametersOf = (properties: Readonly<Record<string, object>>, ...required: readonly string[]) => ({
  type: 'object',
  properties,
  required,
});

export const zoneParameter = parametersOf({ zone: word('The name of the zone.', MAX_NAME) }, 'zone');

/** The reply that a route gives when all is well. */
export function ok(schema: Schema, description: string): { readonly response: { readonly 200: Schema } } {
  return { response: { 200: { ...schema, description } } };
}

/** The value, or a reply that says why there is none. */
export async function answered<T>(
  outcome: Answered<T>,
  reply: FastifyReply,
  shown: (value: T) => unknown = (value) => value,
): Promise<unknown> {
  if (outcome.ok) return shown(outcome.value);
  await refuse(reply, refusal(outcome.status, outcome.error, outcome.remedy));
  return undefined;
}

/** Checked by the schema of the route. */
export function queryOf<Query>(request: FastifyRequest): Query {
  return request.query as Query;
}

export function bodyOf<Body>(request: FastifyRequest): Body {
  return request.body as Body;
}
