// Who may say that which zone has changed (RFC 1996; POWERDNS 3, `allow_notify_from`, `allow_notify_for`).
import type { DomainName } from '../wire/name.ts';
import { AccessControl, type ClientNetwork } from './access-control.ts';

export interface NotifyRules {
  /** Clients whose NOTIFY counts, as far as they may ask at all; none when empty. */
  readonly from: readonly ClientNetwork[];
  /** Zones for which it counts, with all names below them. */
  readonly zones: readonly DomainName[];
}

export class NotifyAccess {
  private readonly from: AccessControl | undefined;
  private readonly zones: ReadonlySet<string>;

  constructor({ from, zones }: NotifyRules) {
    this.from = from.length === 0 ? undefined : new AccessControl(from);
    this.zones = new Set(zones.map(({ key }) => key));
  }

  allowsSource(address: Uint8Array): boolean {
    return this.from?.allows(address) ?? false;
  }

  allowsZone({ key }: DomainName): boolean {
    if (this.zones.size === 0) return false;
    for (let offset = 0; offset < key.length; offset += key.charCodeAt(offset) + 1) {
      if (this.zones.has(offset === 0 ? key : key.slice(offset))) return true;
    }
    return false;
  }
}
