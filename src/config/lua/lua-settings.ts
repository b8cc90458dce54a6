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
  /** The last `readTrustAnchorsFromFile`, as an absolute path; hours between re-reads, 0 never. */
  readonly trustAnchorFile: { readonly file: string; readonly hours: number; readonly place: Place } | undefined;
  /** Every file that was read: the file itself, what `dofile`, `require` and `io` brought in. */
  readonly files: readonly string[];
  /** What the file wrote with `pdnslog` and `print`, in order. */
  readonly logLines: readonly LuaLogLine[];
}

/** One line that the file wants in the log. */
export interface LuaLogLine {
  /** The levels of syslog, 0 (emergency) to 7 (debug). */
  readonly level: number;
  readonly text: string;
  readonly place: Place;
}
