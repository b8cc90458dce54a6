// The pages: files that the build made, read and compressed at their first use. What a client asks for is looked up in a
// list of them, and is never part of a path.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** Where the build puts them: seen from a source, or from any folder of dist/. */
const folder = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/web/pages/' : '../web/pages/', import.meta.url),
);

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.txt': 'text/plain; charset=utf-8',
};
const PAGE = 'index.html';
/** Below this, compressing saves nothing. */
const SMALLEST_COMPRESSED_OCTETS = 512;
const BROTLI_QUALITY = 9;

type Encoding = 'br' | 'gzip' | 'identity';

export interface AssetReply {
  readonly status: 200 | 304;
  readonly headers: Readonly<Record<string, string>>;
  readonly octets: Uint8Array;
}

interface Asset {
  readonly type: string;
  readonly octets: Uint8Array;
  readonly tag: string;
  readonly compressed: Map<Encoding, Promise<Uint8Array>>;
}

const compressors = {
  br: (octets: Uint8Array) =>
    promisify(brotliCompress)(octets, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: (octets: Uint8Array) => promisify(gzip)(octets),
} as const;

export class Assets {
  private readonly byName: ReadonlyMap<string, Asset>;

  constructor(byName: ReadonlyMap<string, Uint8Array> = builtFiles()) {
    this.byName = new Map(Array.from(byName, ([name, octets]) => [name, assetOf(name, octets)]));
  }

  /** `name` as in `/assets/NAME`; undefined when there is none. */
  async reply(name: string, headers: Readonly<Record<string, unknown>>): Promise<AssetReply | undefined> {
    const asset = this.byName.get(name);
    if (asset === undefined) return undefined;
    const common = { etag: asset.tag, 'cache-control': 'no-cache', vary: 'Accept-Encoding' };
    if (listed(headers['if-none-match']).includes(asset.tag)) {
      return { status: 304, headers: common, octets: new Uint8Array(0) };
    }
    const encoding = asset.octets.length < SMALLEST_COMPRESSED_OCTETS ? 'identity' : acceptedEncoding(headers);
    const octets = await encoded(asset, encoding);
    const encodingHeader = encoding === 'identity' ? {} : { 'content-encoding': encoding };
    return { status: 200, headers: { ...common, ...encodingHeader, 'content-type': asset.type }, octets };
  }

  page(headers: Readonly<Record<string, unknown>>): Promise<AssetReply | undefined> {
    return this.reply(PAGE, headers);
  }
}

function assetOf(name: string, octets: Uint8Array): Asset {
  const digest = createHash('sha256').update(octets).digest('base64url');
  // Weak: the same file goes out in several encodings.
  const tag = `W/"${digest.slice(0, 22)}"`;
  return { type: contentTypes[extname(name)] ?? 'application/octet-stream', octets, tag, compressed: new Map() };
}

function encoded(asset: Asset, encoding: Encoding): Promise<Uint8Array> | Uint8Array {
  if (encoding === 'identity') return asset.octets;
  let octets = asset.compressed.get(encoding);
  if (octets === undefined) {
    octets = compressors[encoding](asset.octets);
    asset.compressed.set(encoding, octets);
  }
  return octets;
}

function acceptedEncoding(headers: Readonly<Record<string, unknown>>): Encoding {
  const accepted = listed(headers['accept-encoding'])
    .filter((word) => !/;\s*q=0(?:\.0*)?$/.test(word))
    .map((word) => word.split(';')[0]?.trim().toLowerCase());
  return accepted.includes('br') ? 'br' : accepted.includes('gzip') ? 'gzip' : 'identity';
}

function listed(header: unknown): string[] {
  return typeof header === 'string' ? header.split(',').map((word) => word.trim()) : [];
}

/** By name; empty when nothing was built. */
function builtFiles(): Map<string, Uint8Array> {
  if (statSync(join(folder, PAGE), { throwIfNoEntry: false })?.isFile() !== true) return new Map();
  const names = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length));
  return new Map(
    names
      .filter((name) => contentTypes[extname(name)] !== undefined)
      .map((name) => [name.replaceAll('\\', '/').replace(/^assets\//, ''), readFileSync(join(folder, name))]),
  );
}
