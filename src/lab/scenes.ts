// Rollovers as a sequence of days (RFC 6781 4.1, RFC 7583): what the operator does, and what a validator must answer that
// has asked every day. Each also in the way that goes wrong.

import { buildHierarchy, type Hierarchy } from './hierarchy.ts';
import { KSK_FLAGS, makeKey, type SigningKey, ZSK_FLAGS } from './keys.ts';
import type { LabInternet } from './lab-internet.ts';
import { labAddress } from './lab-internet.ts';
import type { ZoneDescription } from './zone-description.ts';
import { ZoneSet } from './zone-set.ts';

/** What the zone and its parent show from a day on. */
export interface SceneState {
  /** Keys that sign. */
  readonly signing: readonly SigningKey[];
  /** The DNSKEY set. */
  readonly published: readonly SigningKey[];
  /** Keys that the parent has a DS of. */
  readonly delegated: readonly SigningKey[];
  /** Days for which signatures hold; default 30. */
  readonly signedDays?: number;
}

export interface SceneStep extends SceneState {
  /** Days since the scene began. */
  readonly day: number;
  readonly text: string;
  /** What is answered on this day. */
  readonly expected: 'secure' | 'bogus';
}

export interface Scene {
  readonly name: string;
  /** One sentence. */
  readonly text: string;
  readonly steps: readonly SceneStep[];
  /** Keys that the resolver is configured to trust, in a zone that only a forwarder knows; else the root is trusted. */
  readonly anchored?: readonly SigningKey[];
}

/** The names that scenes are asked by. */
export const sceneNames = [
  'zsk-pre-publish',
  'zsk-not-published',
  'ksk-double-ds',
  'ksk-without-ds',
  'algorithm-roll',
  'algorithm-swapped',
  'local-anchor-both',
  'local-anchor-old',
  'signing-forgotten',
] as const;
export type SceneName = (typeof sceneNames)[number];

/** Seconds that keys, DS records and delegations may be cached for: two days. */
export const SCENE_TTL = 172_800;
const DAY_SECONDS = 86_400;
const SIGNED_DAYS = 30;
/** Small, so that the scene begins at once. */
const RSA_BITS = 1280;

/** The scene of a name, with fresh keys. */
export function sceneOf(name: SceneName): Scene {
  return { name, ...scenes[name]() };
}

type SceneBody = Omit<Scene, 'name'>;

const scenes: Readonly<Record<SceneName, () => SceneBody>> = {
  'zsk-pre-publish': () => {
    const [ksk, old, fresh] = [kskOf(13), zskOf(13), zskOf(13)];
    const delegated = [ksk];
    return {
      text: 'A zone-signing key is replaced: the new one is published before it signs (RFC 6781 4.1.1.1).',
      steps: [
        step(0, 'one key-signing and one zone-signing key', 'secure', [ksk, old], [ksk, old], delegated),
        step(1, 'the new key is published, and signs nothing', 'secure', [ksk, old], [ksk, old, fresh], delegated),
        step(4, 'all caches have the new key: it signs now', 'secure', [ksk, fresh], [ksk, old, fresh], delegated),
        step(7, 'no cache holds an old signature: the old key goes', 'secure', [ksk, fresh], [ksk, fresh], delegated),
        step(9, 'done', 'secure', [ksk, fresh], [ksk, fresh], delegated),
      ],
    };
  },
  'zsk-not-published': () => {
    const [ksk, old, fresh] = [kskOf(13), zskOf(13), zskOf(13)];
    const after = [ksk, fresh];
    return {
      text: 'The same done wrong: the new zone-signing key signs, and nobody has published it.',
      steps: [
        step(0, 'one key-signing and one zone-signing key', 'secure', [ksk, old], [ksk, old], [ksk]),
        step(1, 'the new key signs, and the key set is still the old one', 'bogus', after, [ksk, old], [ksk]),
        step(3, 'the new key is published; caches still hold the old set', 'bogus', after, after, [ksk]),
        step(5, 'the old set has run out of the caches', 'secure', after, after, [ksk]),
      ],
    };
  },
  'ksk-double-ds': () => {
    const [old, fresh, zsk] = [kskOf(13), kskOf(13), zskOf(13)];
    return {
      text: 'A key-signing key is replaced: the parent has both DS records meanwhile (RFC 6781 4.1.2).',
      steps: [
        step(0, 'the parent has the DS of the key in use', 'secure', [old, zsk], [old, zsk], [old]),
        step(1, 'the parent has the DS of the new key, too', 'secure', [old, zsk], [old, zsk], [old, fresh]),
        step(4, 'all caches have both DS: the keys are exchanged', 'secure', [fresh, zsk], [fresh, zsk], [old, fresh]),
        step(7, 'no cache holds the old key: its DS goes', 'secure', [fresh, zsk], [fresh, zsk], [fresh]),
        step(10, 'done', 'secure', [fresh, zsk], [fresh, zsk], [fresh]),
      ],
    };
  },
  'ksk-without-ds': () => {
    const [old, fresh, zsk] = [kskOf(13), kskOf(13), zskOf(13)];
    const after = [fresh, zsk];
    return {
      text: 'The same done wrong: the key-signing key is exchanged, and nobody tells the parent.',
      steps: [
        step(0, 'the parent has the DS of the key in use', 'secure', [old, zsk], [old, zsk], [old]),
        step(1, 'the keys are exchanged; who has the old set cached notices nothing', 'secure', after, after, [old]),
        step(3, 'the old set has run out of the caches', 'bogus', after, after, [old]),
        step(5, 'the parent gets the new DS, which kedge looks for again', 'secure', after, after, [fresh]),
        step(7, 'done; others wait until the old DS has run out', 'secure', after, after, [fresh]),
      ],
    };
  },
  'algorithm-roll': () => {
    const [old, fresh] = [kskOf(8), kskOf(13)];
    const both = [old, fresh];
    return {
      text: 'From RSA to ECDSA: signatures first, then the key, then the DS, and back in that order (RFC 6781 4.1.4).',
      steps: [
        step(0, 'everything is signed with RSA', 'secure', [old], [old], [old]),
        step(1, 'signatures of both algorithms, one key', 'secure', both, [old], [old]),
        step(4, 'no cache holds a set with one signature: both keys', 'secure', both, both, [old]),
        step(7, 'all caches have both keys: the DS is exchanged', 'secure', both, both, [fresh]),
        step(10, 'no cache holds the old DS: the old key goes', 'secure', both, [fresh], [fresh]),
        step(13, 'no cache holds the old key: its signatures go', 'secure', [fresh], [fresh], [fresh]),
        step(16, 'done', 'secure', [fresh], [fresh], [fresh]),
      ],
    };
  },
  'algorithm-swapped': () => {
    const [old, fresh] = [kskOf(8), kskOf(13)];
    return {
      text: 'The same done wrong: the signer is set to the new algorithm, and the DS follows later.',
      steps: [
        step(0, 'everything is signed with RSA', 'secure', [old], [old], [old]),
        step(
          1,
          'everything is signed with ECDSA; the parent has the DS of the RSA key',
          'bogus',
          [fresh],
          [fresh],
          [old],
        ),
        step(4, 'the parent gets the new DS, which kedge looks for again', 'secure', [fresh], [fresh], [fresh]),
        step(6, 'done; others wait until the old DS has run out', 'secure', [fresh], [fresh], [fresh]),
      ],
    };
  },
  'local-anchor-both': () => {
    const [old, fresh] = [kskOf(13), kskOf(13)];
    return {
      text: 'A home zone with a trust anchor of its own gets a new key: the resolver has the DS of both before.',
      anchored: [old, fresh],
      steps: [
        step(0, 'the resolver has the DS of the key in use and of the next one', 'secure', [old], [old], []),
        step(2, 'the keys are exchanged', 'secure', [fresh], [fresh], []),
        step(5, 'the old keys have run out of the cache', 'secure', [fresh], [fresh], []),
      ],
    };
  },
  'local-anchor-old': () => {
    const [old, fresh] = [kskOf(13), kskOf(13)];
    return {
      text: 'The same done wrong: the resolver knows of the old key alone.',
      anchored: [old],
      steps: [
        step(0, 'the resolver has the DS of the key in use', 'secure', [old], [old], []),
        step(2, 'the keys are exchanged, the anchor stays', 'bogus', [fresh], [fresh], []),
        step(5, 'and so it stays until somebody adds the DS of the new key', 'bogus', [fresh], [fresh], []),
      ],
    };
  },
  'signing-forgotten': () => {
    const key = kskOf(13);
    const state = { signing: [key], published: [key], delegated: [key] };
    return {
      text: 'The job that signs anew has stopped: the signatures hold for ten days, and then nothing does.',
      steps: [
        { day: 0, text: 'the zone is signed for ten days', expected: 'secure', ...state, signedDays: 10 },
        { ...state, day: 11, text: 'the signatures have expired', expected: 'bogus', signedDays: -1 },
        { day: 13, text: 'the zone is signed again', expected: 'secure', ...state, signedDays: 10 },
      ],
    };
  },
};

function step(
  day: number,
  text: string,
  expected: SceneStep['expected'],
  signing: readonly SigningKey[],
  published: readonly SigningKey[],
  delegated: readonly SigningKey[],
): SceneStep {
  return { day, text, expected, signing, published, delegated };
}

function kskOf(algorithm: 8 | 13): SigningKey {
  return makeKey({ algorithm, flags: KSK_FLAGS, rsaBits: RSA_BITS });
}

function zskOf(algorithm: 13): SigningKey {
  return makeKey({ algorithm, flags: ZSK_FLAGS });
}

/** The name that is asked for on each day. */
export function sceneQuestion(scene: Scene): string {
  return `www.${sceneZone(scene)}`;
}

function sceneZone({ anchored }: Scene): string {
  return anchored === undefined ? 'roll.lab.' : 'roll.private.';
}

/** The private Internet of a scene: it is served while `show` changes what it holds. */
export interface SceneInternet {
  readonly internet: LabInternet;
  /** Signs and serves what a step shows, at this time in Unix seconds. */
  show(step: SceneStep, nowSeconds: number): void;
}

/** Everything as the first step of a scene has it. */
export function buildScene(scene: Scene, nowSeconds: number): SceneInternet {
  const [first] = scene.steps;
  if (first === undefined) throw new Error('a scene has steps');
  const parents = [kskOf(13), kskOf(13)];
  const name = sceneZone(scene);
  const build = (state: SceneState, atSeconds: number): Hierarchy => {
    const [root, lab] = parents.map((key) => ({ keys: [key] }));
    return buildHierarchy({
      nowSeconds: atSeconds,
      addressOf: labAddress,
      zones: [
        { name: '.', ttl: SCENE_TTL, ...root },
        { name: 'lab.', ttl: SCENE_TTL, ...lab },
        rolling(name, state, atSeconds),
      ],
    });
  };
  const hierarchy = build(first, nowSeconds);
  const servers = new Map(Array.from(hierarchy.servers, ([address]) => [address, new ZoneSet()]));
  const everything = new ZoneSet();
  const serve = ({ zones }: Hierarchy): void => {
    for (const { zone, addresses } of zones) {
      everything.add(zone);
      for (const address of addresses) servers.get(address)?.add(zone);
    }
  };
  serve(hierarchy);
  const {
    addresses: [address = ''],
  } = hierarchy.zone(name);
  const isForwarded = scene.anchored !== undefined;
  return {
    internet: {
      hierarchy,
      zones: [],
      servers,
      absent: new Set(),
      everything,
      forwards: isForwarded ? [{ zone: name, address }] : [],
      anchors: new Map([['.', hierarchy.trustAnchors], ...localAnchors(scene, name, nowSeconds)]),
      negativeAnchors: new Map(),
    },
    show: (state, atSeconds) => serve(build(state, atSeconds)),
  };
}

function rolling(name: string, state: SceneState, atSeconds: number): ZoneDescription {
  return {
    name,
    ttl: SCENE_TTL,
    records: 'www 3600 A 192.0.2.80\n',
    keys: state.signing,
    publishedKeys: state.published,
    ds: { keys: state.delegated },
    validity: {
      inceptionSeconds: atSeconds - (SIGNED_DAYS + 1) * DAY_SECONDS,
      expirationSeconds: atSeconds + (state.signedDays ?? SIGNED_DAYS) * DAY_SECONDS,
    },
  };
}

/** DS records of the keys that are trusted locally. */
function localAnchors({ anchored }: Scene, name: string, nowSeconds: number): [string, readonly string[]][] {
  if (anchored === undefined) return [];
  const only = buildHierarchy({ nowSeconds, zones: [{ name, keys: anchored }] });
  return [[name, only.anchorsOf(name)]];
}
