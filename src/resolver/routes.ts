// By which way a name is resolved: the longest matching forward zone, or iteration from the root.
import type { Route } from '../iterator/iteration.ts';
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import type { ForwardZone } from './options.ts';

const ITERATIVE: Route = { kind: 'iterative' };

export class Routes {
  /** Keys of all ancestors of forward zones, their own included; made when somebody asks. */
  private above: ReadonlySet<string> | undefined;
  private readonly byZone = new Map<string, { readonly route: Route; readonly first: boolean }>();

  constructor(zones: readonly ForwardZone[]) {
    this.replace(zones);
  }

  /** Other zones from now on. A later zone of the same name replaces an earlier one. */
  replace(zones: readonly ForwardZone[]): void {
    this.byZone.clear();
    this.above = undefined;
    for (const { zone, servers, recurse, first, delegatedTo } of zones) {
      this.byZone.set(zone.key, { route: { kind: 'forward', zone, servers, recurse, delegatedTo }, first });
    }
  }

  /** The way for a question; the DS of a forward zone's apex belongs to its parent, so it goes the parent's way. */
  routeOf(name: DomainName, type: number): Route {
    if (this.byZone.size === 0) return ITERATIVE;
    return this.find(type === RRType.DS && !name.isRoot ? name.parent() : name)?.route ?? ITERATIVE;
  }

  /** Whether iteration may be tried after the route's servers failed. */
  mayFallBack(route: Route): boolean {
    return route.kind === 'forward' && this.byZone.get(route.zone.key)?.first === true;
  }

  /** Key of the route's forward zone; empty for iteration. Equal keys, equal ways. */
  routeKey(name: DomainName): string {
    if (this.byZone.size === 0) return '';
    return this.find(name)?.route.kind === 'forward' ? (this.zoneKey(name) ?? '') : '';
  }

  /** The delegation of a local zone at or above a name, when no other forward zone is nearer. */
  localDelegationOf(name: DomainName): DomainName | undefined {
    if (this.byZone.size === 0) return undefined;
    const route = this.find(name)?.route;
    return route?.kind === 'forward' && route.delegatedTo !== undefined ? route.zone : undefined;
  }

  /** Whether a forward zone lies at, below or above a name. */
  touches(name: DomainName): boolean {
    if (this.byZone.size === 0) return false;
    this.above ??= new Set([...this.byZone.values()].flatMap(({ route }) => ancestorKeys(route)));
    return this.above.has(name.key) || this.find(name) !== undefined;
  }

  private zoneKey(name: DomainName): string | undefined {
    const found = this.find(name);
    return found?.route.kind === 'forward' ? found.route.zone.key : undefined;
  }

  private find(name: DomainName): { readonly route: Route; readonly first: boolean } | undefined {
    const { key } = name;
    for (let offset = 0; offset < key.length; offset += key.charCodeAt(offset) + 1) {
      const found = this.byZone.get(offset === 0 ? key : key.slice(offset));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  static readonly iterative: Route = ITERATIVE;
}

function ancestorKeys(route: Route): string[] {
  if (route.kind !== 'forward') return [];
  const { key } = route.zone;
  const keys: string[] = [];
  for (let offset = 0; offset < key.length; offset += key.charCodeAt(offset) + 1) keys.push(key.slice(offset));
  return keys;
}
