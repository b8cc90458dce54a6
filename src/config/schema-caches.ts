// The sections `recordcache` and `packetcache`.
import { option } from './option.ts';
import { uncheckedMaps } from './structured-types.ts';
import { bool, clampedInteger, integer } from './value-types.ts';

export const recordcacheSection = {
  max_cache_bogus_ttl: option({
    type: clampedInteger(0, 3600),
    default: 60,
    oldName: 'max-cache-bogus-ttl',
    help: 'Longest time for which bogus data is remembered, so that a repaired zone heals quickly.',
  }),
  max_entries: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 1_000_000,
    oldName: 'max-cache-entries',
    help: 'Entries of the record cache; the negative cache has a tenth of it.',
    reloadable: true,
  }),
  max_ttl: option({
    type: clampedInteger(1, 604_800),
    default: 86_400,
    oldName: 'max-cache-ttl',
    help: 'Ceiling on cached TTLs.',
  }),
  limit_qtype_any: option({
    type: bool,
    default: true,
    oldName: 'limit-qtype-any',
    help: 'Answers to ANY have no more records than `max_rrset_size`; RRsets beyond that are left out.',
  }),
  max_rrset_size: option({
    type: clampedInteger(32, 4096),
    default: 256,
    oldName: 'max-rrset-size',
    help: 'Larger RRsets give SERVFAIL.',
    sameAs: 'kedge.limits.rrset_max_records',
  }),
  max_negative_ttl: option({
    type: clampedInteger(0, 604_800),
    default: 3600,
    oldName: 'max-negative-ttl',
    help: 'Ceiling on negative answers.',
  }),
  max_entry_size: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 65_536,
    oldName: 'max-recordcache-entry-size',
    help: 'Larger entries are not stored; 0 is unlimited.',
  }),
  locked_ttl_perc: option({
    type: integer(0, 100),
    default: 0,
    oldName: 'record-cache-locked-ttl-perc',
    help: 'Do not replace a record before this percentage of its TTL has passed, unless the new one is trusted more.',
  }),
  refresh_on_ttl_perc: option({
    type: integer(0, 100),
    default: 0,
    oldName: 'refresh-on-ttl-perc',
    help: 'Refresh records that are asked for when this percentage of their TTL, or less, is left; see also `kedge.prefetch`.',
  }),
  serve_stale_extensions: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 0,
    oldName: 'serve-stale-extensions',
    help: 'Serve stale: how many times an expired TTL is extended by 30 s; 0 is off, 120 is an hour (RFC 8767). The same as `kedge.serve_expired` with 30 times as many seconds in `kedge.serve_expired_ttl`; the other `kedge.serve_expired_*` options apply.',
  }),
  zonetocaches: option({
    type: uncheckedMaps,
    default: [],
    help: 'Zones loaded into the cache.',
    effect: 'accepted',
    reloadable: true,
  }),
  keepwarm: option({
    type: uncheckedMaps,
    default: [],
    help: 'Names and types kept fresh even when nobody asks.',
    effect: 'accepted',
    reloadable: true,
  }),
  shards: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 1024,
    oldName: 'record-cache-shards',
    help: 'Parts of the cache with a lock of their own.',
    effect: 'accepted',
  }),
};

export const packetcacheSection = {
  disable: option({
    type: bool,
    default: false,
    oldName: 'disable-packetcache',
    help: 'No packet cache: no finished replies are kept.',
  }),
  max_entries: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 500_000,
    oldName: 'max-packetcache-entries',
    help: 'Entries of the packet cache, taken as 512 octets each; see also `kedge.limits.reply_cache_max_bytes`.',
  }),
  ttl: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 86_400,
    oldName: 'packetcache-ttl',
    help: 'Ceiling for positive answers.',
  }),
  negative_ttl: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 60,
    oldName: 'packetcache-negative-ttl',
    help: 'Ceiling for NXDOMAIN and NODATA, itself capped by `packetcache-ttl`.',
  }),
  servfail_ttl: option({
    effect: 'accepted',
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 60,
    oldName: 'packetcache-servfail-ttl',
    help: 'Ceiling for failures in the packet cache; kedge keeps none there.',
  }),
  max_entry_size: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 8192,
    oldName: 'max-packetcache-entry-size',
    help: 'Larger packets are not stored; 0 is unlimited.',
  }),
  shards: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 1024,
    oldName: 'packetcache-shards',
    help: 'Parts of the cache with a lock of their own.',
    effect: 'accepted',
  }),
};
