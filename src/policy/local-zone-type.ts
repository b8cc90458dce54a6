// The kinds of local zones that a configuration can name: those of Unbound's `local-zone`.

/**
 * How names at and below a configured zone are answered. Where "the data" are missing, the type decides:
 * - `static`: NXDOMAIN, or NODATA where the name has other data or data below it.
 * - `deny`, `inform_deny`: no reply. `refuse`: REFUSED.
 * - `transparent`, `inform`, `noview`: NODATA where the name has other data, else looked up.
 * - `typetransparent`: looked up. `block_a`, `block_aaaa`: NODATA for that type, whatever data there are, else looked up;
 *   with `_wdata` the data come first.
 * - `redirect`, `inform_redirect`: every name is answered with the data of the zone's own name.
 * - `always_...`: as the word says, whatever data there are; `always_null` gives 0.0.0.0 and ::.
 * - `nodefault`: the built-in zone of that name is switched off, and nothing takes its place.
 */
export type LocalZoneType =
  | 'deny'
  | 'refuse'
  | 'static'
  | 'transparent'
  | 'typetransparent'
  | 'redirect'
  | 'inform'
  | 'inform_deny'
  | 'inform_redirect'
  | 'always_transparent'
  | 'block_a'
  | 'block_aaaa'
  | 'block_a_wdata'
  | 'block_aaaa_wdata'
  | 'always_refuse'
  | 'always_nxdomain'
  | 'always_nodata'
  | 'always_deny'
  | 'always_null'
  | 'noview'
  | 'nodefault';
