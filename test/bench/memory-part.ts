// Resident memory of the built program: idle, and with many RRsets in its cache.
import { join } from 'node:path';
import { makeKey } from '../../src/lab/keys.ts';
import { startLabServer } from '../../src/lab/server.ts';
import { dsRecords, signRRset, signZone } from '../../src/lab/signer.ts';
import { Zone } from '../../src/lab/zone.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { Rcode, RRClass, RRType } from '../../src/wire/constants.ts';
import { DomainName } from '../../src/wire/name.ts';
import type { RRset } from '../../src/wire/record.ts';
import { recordText } from '../../src/wire/zone-text.ts';
import { underLoad } from './daemon-part.ts';
import type { Scene } from './peers.ts';
import { startResolver, writeQueries } from './resolvers.ts';

export const MAX_IDLE_MIB = 90;
export const MAX_CACHE_MIB = 150;
export const CACHED_RRSETS = 100_000;
const WINDOW = 64;
const SETTLE_MS = 3_000;
/** On this signal the program collects its garbage, so that what is measured is what it keeps. */
const COLLECT_ON_SIGNAL = "data:text/javascript,process.on('SIGUSR2',()=>globalThis.gc())";

export interface MemoryResult {
  readonly kind: 'signed' | 'unsigned';
  readonly idleMiB: number;
  /** With all names cached, as the operating system sees it. */
  readonly cachedMiB: number;
  /** The same after the garbage has been collected. */
  readonly settledMiB: number;
  readonly answered: number;
}

/** Asks `count` names, each for a set of its own, and reads the memory before and after. */
export async function measureMemory(
  scene: Pick<Scene, 'folder' | 'program'>,
  kind: 'signed' | 'unsigned',
  count: number,
): Promise<MemoryResult> {
  const now = Math.floor(Date.now() / 1000);
  const validity = { inceptionSeconds: now - 3600, expirationSeconds: now + 86_400 };
  const key = makeKey({ algorithm: 13 });
  const zone = Zone.fromText(
    '@ 3600 IN SOA ns hostmaster 1 7200 3600 86400 900\n@ 3600 IN NS ns.\nns 3600 IN A 192.0.2.1\n',
    DomainName.root,
  );
  const signed = signZone(zone, { keys: [key], denial: { kind: 'nsec' }, ...validity });
  const server = await startLabServer({
    address: '127.0.0.1',
    port: 0,
    zones: new ZoneSet([kind === 'signed' ? signed.zone : zone]),
    rewrite: (content, question) => {
      if (question.name.isRoot) return content;
      const rrset: RRset = {
        name: question.name,
        type: RRType.A,
        class: RRClass.IN,
        ttl: 3600,
        rdatas: [Uint8Array.of(192, 0, 2, 1)],
        signatures: [],
      };
      const signatures = kind === 'signed' ? [signRRset(rrset, DomainName.root, key, validity)] : [];
      return { ...content, rcode: Rcode.NOERROR, answer: [{ ...rrset, signatures }], authority: [] };
    },
  });
  const anchors =
    kind === 'signed' ? dsRecords(signed, 3600).map((ds) => recordText(ds).replace(/^.*\sDS\s+/, '')) : [];
  const nodeOptions = ['--expose-gc', '--import', COLLECT_ON_SIGNAL];
  const resolver = await startResolver('kedge', {
    ...scene,
    anchors,
    start: { forwarder: server.port },
    nodeOptions,
  });
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const idleMiB = resolver.child.residentMiB;
  const names = Array.from({ length: count }, (_, index) => `host-${index}.zone-${index % 1000}.example.`);
  const file = writeQueries(join(scene.folder, `memory-${kind}`), names, true);
  const { result } = await underLoad(resolver, 'memory', { file, window: WINDOW, count });
  const cachedMiB = resolver.child.residentMiB;
  resolver.child.signal('SIGUSR2');
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const settledMiB = resolver.child.residentMiB;
  await resolver.child.stop();
  await server.close();
  return { kind, idleMiB, cachedMiB, settledMiB, answered: result.rcodes[Rcode.NOERROR] ?? 0 };
}
