// A set of names whose data are forgotten together: some names exactly, others with everything below them.
import type { DomainName } from '../wire/name.ts';

/** Octets that `rrsetKey` puts behind the key of a name. */
export const RRSET_KEY_SUFFIX = 2;

export class Region {
  /** The names that it was made of. */
  readonly given: readonly DomainName[];
  private readonly names: ReadonlySet<string>;
  private readonly tops: ReadonlySet<string>;
  /** Every key of the region ends in this; empty when there is no such thing. */
  private readonly commonEnd: string;

  private constructor(names: readonly DomainName[], tops: readonly DomainName[]) {
    this.given = [...names, ...tops];
    this.names = new Set(names.map(({ key }) => key));
    this.tops = new Set(tops.map(({ key }) => key));
    const [only, ...others] = [...this.names, ...this.tops];
    this.commonEnd = only === undefined || others.length > 0 ? '' : only;
  }

  /** Everything at and below the names. */
  static below(...tops: readonly DomainName[]): Region {
    return new Region([], tops);
  }

  /** Exactly one name. */
  static at(name: DomainName): Region {
    return new Region([name], []);
  }

  get isEmpty(): boolean {
    return this.names.size === 0 && this.tops.size === 0;
  }

  covers(name: DomainName): boolean {
    return this.coversKey(name.key);
  }

  /** As `covers`, for the key of a name. A step a label, however many names there are. */
  coversKey(key: string): boolean {
    if (!key.endsWith(this.commonEnd)) return false;
    if (this.names.has(key)) return true;
    if (this.tops.size === 0) return false;
    for (let offset = 0; offset < key.length; offset += key.charCodeAt(offset) + 1) {
      if (this.tops.has(offset === 0 ? key : key.slice(offset))) return true;
    }
    return false;
  }

  /** As `covers`, for the key of an RRset. */
  coversRRsetKey(key: string): boolean {
    return this.coversKey(key.slice(0, -RRSET_KEY_SUFFIX));
  }
}
