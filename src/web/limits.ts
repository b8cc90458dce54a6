// What one client, and all of them together, may take of the web server. Each bound is there because a web server beside
// a resolver has brought resolvers down before (CVE-2026-33256, -33257, -33260, -42005: memory without bound).

/** Open connections of all clients. */
export const MAX_CONNECTIONS = 64;
/** Requests of one connection that are answered or wait for it; who sends more without reading is cut off. */
export const MAX_PIPELINED = 2;
/** All headers of a request together, octets; the request line counts too. */
export const MAX_HEADER_OCTETS = 8 * 1024;
export const MAX_HEADERS = 50;
/** Path and query, octets. */
export const MAX_URL_OCTETS = 2 * 1024;
/** Body of our own routes, octets. */
export const MAX_BODY_OCTETS = 64 * 1024;
/** Body of the routes that are PowerDNS's, octets, whatever `webservice.max_request_size` says. */
export const MAX_API_BODY_OCTETS = 2 * 1024 * 1024;
/** Nesting of objects and arrays in a body. */
export const MAX_JSON_DEPTH = 16;

/** From the first octet of a request until its headers are complete. */
export const HEADERS_TIMEOUT_MS = 5000;
/** From the first octet of a request until its body is complete. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** A connection between two requests. */
export const KEEP_ALIVE_MS = 5000;
/** A connection on which nothing moves, as with a client that does not read; longer than the slowest answer takes. */
export const IDLE_SOCKET_MS = 20_000;
/** How often connections are looked at for being too slow. */
export const TIMEOUT_CHECK_MS = 1000;

/** Requests of one source in a second. */
export const MAX_REQUESTS_PER_SECOND = 100;
/** How long a source that asks more is kept waiting for the answer that says so: refusing at once would cost as much as answering. */
export const RATE_PENALTY_MS = 1000;
/** So many octets of an answer count as one more request: making and holding long ones is what costs. */
export const OCTETS_PER_REQUEST = 16 * 1024;
/** Wrong keys or passwords of one source within the window; then it has to wait. */
export const MAX_WRONG_KEYS = 5;
export const WRONG_KEY_WINDOW_MS = 60_000;
/** Sources that are remembered for either. */
export const MAX_SOURCES = 1024;
/** Hashes computed at once: each takes memory and a thread of the pool, which the validator uses too. */
export const MAX_HASHES_AT_ONCE = 2;
