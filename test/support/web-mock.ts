// A server of the pages that makes up what they show: for states that a real resolver is slow to get into.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { explanationSvg } from '../../src/explain/svg.ts';
import { pagePaths } from '../../src/web/page-paths.ts';
import { parseType } from '../../src/wire/constants.ts';
import { sampleExplanation } from './sample-explanations.ts';
import * as samples from './web-samples.ts';

/** `failing`: every request to the API is answered with 500. `gone`: with nothing. */
export type MockScene = 'full' | 'empty' | 'failing' | 'gone';

export const MOCK_API_KEY = 'the-key-of-the-mock';

const contentTypes = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
]);

/** SECURITY 7, word for word. */
const CONTENT_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

interface Answer {
  readonly status: number;
  readonly value: unknown;
}

export class WebMock {
  scene: MockScene = 'full';
  isLogging = true;
  /** Changes that were asked for with the key: method, path and body. */
  readonly writes: string[] = [];
  /** Octets sent since it was last set to 0: bodies as they were sent, compressed. */
  sentOctets = 0;
  private readonly server: Server;

  private readonly folder: string;
  private readonly compressed = new Map<string, Buffer>();

  private constructor(folder: string) {
    this.folder = folder;
    this.server = createServer((request, response) => {
      void this.answer(request, response);
    });
  }

  /** Serves the built pages of `folder` on a free port of 127.0.0.1. */
  static async start(folder: string): Promise<WebMock> {
    const mock = new WebMock(folder);
    await new Promise<void>((resolve) => mock.server.listen(0, '127.0.0.1', resolve));
    return mock;
  }

  get origin(): string {
    const address = this.server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin);
    if (url.pathname.startsWith('/api/')) {
      if (this.scene === 'gone') {
        request.socket.destroy();
        return;
      }
      if (url.pathname === '/api/kedge/explain.svg') {
        const svg = explanationSvg(await sampleExplanation(url.searchParams.get('name') ?? '.'));
        this.send(response, 200, 'image/svg+xml', Buffer.from(svg));
        return;
      }
      const { status, value } = await this.apiAnswer(request, url);
      this.send(response, status, 'application/json; charset=utf-8', Buffer.from(JSON.stringify(value)));
      return;
    }
    const file = pagePaths.includes(url.pathname) ? 'index.html' : url.pathname.replace(/^\/assets\//, '');
    if (!/^[a-z]+\.[a-z]+$/.test(file)) {
      this.send(response, 404, 'text/plain', Buffer.from('no such page'));
      return;
    }
    const type = contentTypes.get(extname(file)) ?? 'application/octet-stream';
    this.send(response, 200, type, readFileSync(join(this.folder, file)));
  }

  private send(response: ServerResponse, status: number, type: string, octets: Buffer): void {
    const key = octets.toString('latin1');
    const body = this.compressed.get(key) ?? brotliCompressSync(octets);
    this.compressed.set(key, body);
    this.sentOctets += body.length;
    response.writeHead(status, {
      'content-type': type,
      'content-encoding': 'br',
      'content-security-policy': CONTENT_POLICY,
      'x-content-type-options': 'nosniff',
    });
    response.end(body);
  }

  private async apiAnswer(request: IncomingMessage, url: URL): Promise<Answer> {
    if (this.scene === 'failing') return refused(500, 'Something broke inside.', 'Look into the log.');
    if (request.method !== 'GET') return await this.change(request, url);
    const isEmpty = this.scene === 'empty';
    const list = (items: readonly unknown[]): readonly unknown[] => (isEmpty ? [] : items);
    switch (url.pathname) {
      case '/api/kedge/overview':
        return found(isEmpty ? samples.emptyOverview : samples.overview);
      case '/api/kedge/explain':
        return await explained(url.searchParams);
      case '/api/kedge/anchors':
        return found(isEmpty ? samples.emptyAnchors : samples.anchors);
      case '/api/kedge/audit':
        return found({ entries: list(samples.audit) });
      case '/api/kedge/expiries':
        return found({ ...samples.expiries, zones: list(samples.expiries.zones) });
      case '/api/kedge/rollovers':
        return found({ zones: list(samples.rollovers) });
      case '/api/kedge/forwarders':
        return found({ zones: list(samples.forwarders) });
      case '/api/kedge/failures':
        return found(failurePage(isEmpty, url.searchParams.get('cursor')));
      case '/api/kedge/history': {
        const zone = url.searchParams.get('zone');
        return found({ entries: list(samples.changes).filter((entry) => zone === null || isOfZone(entry, zone)) });
      }
      case '/api/kedge/queries':
        return found(this.queryLog(isEmpty, url.searchParams));
      default:
        return refused(404, 'There is no such thing.', 'See /api/kedge/openapi.json.');
    }
  }

  private queryLog(isEmpty: boolean, parameters: URLSearchParams) {
    const since = Number(parameters.get('since') ?? 0);
    const name = parameters.get('name') ?? '';
    const all =
      isEmpty || !this.isLogging ? [] : Array.from({ length: 40 }, (_, index) => samples.loggedQuery(40 - index));
    const entries = all.filter((entry) => entry.seq > since && entry.name.includes(name));
    return { on: this.isLogging && !isEmpty, seq: all[0]?.seq ?? 0, entries };
  }

  private async change(request: IncomingMessage, url: URL): Promise<Answer> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    if (request.headers['x-api-key'] !== MOCK_API_KEY) return refused(401, 'The API key is wrong.', 'Give the key.');
    this.writes.push(`${request.method ?? ''} ${url.pathname}${url.search} ${body}`.trimEnd());
    if (body.includes('nonsense'))
      return refused(400, 'This is no DS or DNSKEY record.', 'Write tag, algorithm, digest.');
    if (url.pathname === '/api/kedge/queries') this.isLogging = body.includes('true');
    return found({ text: 'done' });
  }
}

function found(value: unknown): Answer {
  return { status: 200, value };
}

function refused(status: number, error: string, remedy: string): Answer {
  return { status, value: { error, remedy } };
}

async function explained(parameters: URLSearchParams): Promise<Answer> {
  const type = parseType(parameters.get('type') ?? 'A');
  if (type === undefined) return refused(400, 'There is no such type.', 'Name one as dig does, or TYPE65280.');
  try {
    return found(await sampleExplanation(parameters.get('name') ?? '.', type));
  } catch {
    return refused(400, 'This is no domain name.', 'Labels have at most 63 octets, names 255.');
  }
}

function failurePage(isEmpty: boolean, cursor: string | null) {
  if (isEmpty) return { failures: [] };
  if (cursor === null) return samples.failures;
  return { failures: samples.failures.failures.map((failure) => ({ ...failure, name: `older.${failure.name}` })) };
}

function isOfZone(entry: unknown, zone: string): boolean {
  return typeof entry === 'object' && entry !== null && 'zone' in entry && entry.zone === `${zone.replace(/\.$/, '')}.`;
}
