// What routes say about themselves beside what fastify checks: for the OpenAPI description.
import 'fastify';

declare module 'fastify' {
  interface FastifySchema {
    readonly summary?: string;
    readonly description?: string;
    readonly tags?: readonly string[];
    /** Left out of the description: pages and their files. */
    readonly hide?: boolean;
  }
}
