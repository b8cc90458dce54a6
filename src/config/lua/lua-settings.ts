// What a Lua configuration file (POWERDNS 2) asks for, as data.
import type { Place } from '../input.ts';
import type { NegativeTrustAnchor, TrustAnchor } from '../structured-types.ts';

export interface LuaSettings {
  /**
   * All positive anchors as the file leaves them, the built-in ones included unless `clearTA` dropped them. One entry a
   * name; each DS carries the place of its `addTA`.
   */
  readonly trustAnchors: readonly TrustAnchor[];
  readonly negativeTrustAnchors: readonly NegativeTrustAnchor[];
  /** The last `readTrustAnchorsFromFile`; hours between re-reads, 0 never. */
  readonly trustAnchorFile: { readonly file: string; readonly hours: number; readonly place: Place } | undefined;
  /** Every file that was read: the file itself, what `dofile` and `require` brought in. */
  readonly files: readonly string[];
}
