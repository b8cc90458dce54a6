// Which names may be denied by what is cached of the zone around them: not those that are resolved another way, nor those
// that an anchor of their own decides about (SECURITY A-50). The same rules as in `Knowledge`, for `DenialFinder`.
import type { DenialGuard } from '../cache/denial-finder.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { DomainName } from '../wire/name.ts';
import type { Routes } from './routes.ts';

export class ConfiguredNames implements DenialGuard {
  private readonly routes: Routes;
  private readonly anchors: TrustAnchors;

  constructor(routes: Routes, anchors: TrustAnchors) {
    this.routes = routes;
    this.anchors = anchors;
  }

  touches(zone: DomainName): boolean {
    return this.routes.touches(zone) || this.anchors.hasBelow(zone);
  }

  permits(name: DomainName, _type: number, zone: DomainName): boolean {
    if (this.routes.routeKey(name) !== '') return false;
    return this.anchors.closest(name)?.zone.isBelow(zone) !== true;
  }
}
