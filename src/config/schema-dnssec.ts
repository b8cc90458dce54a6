// The section `dnssec`: validation, trust anchors and what validation may cost.
import { builtInTrustAnchors } from './built-in-anchors.ts';
import { option } from './option.ts';
import { negativeTrustAnchors, trustAnchors } from './structured-types.ts';
import { algorithms, bool, clampedInteger, domainNames, integer, oneOf, path } from './value-types.ts';

export const dnssecSection = {
  validation: option({
    type: oneOf(['off', 'process-no-validate', 'process', 'log-fail', 'validate']),
    default: 'validate',
    oldName: 'dnssec',
    help: 'The validation mode. `validate` answers SERVFAIL for whatever is bogus; PowerDNS starts with `process`.',
  }),
  disabled_algorithms: option({
    type: algorithms,
    default: [],
    oldName: 'dnssec-disabled-algorithms',
    help: 'Algorithm numbers or mnemonics treated as unsupported, so zones signed only with them become insecure rather than bogus. Empty means automatic: see `kedge.sha1`.',
  }),
  log_bogus: option({
    type: bool,
    default: false,
    oldName: 'dnssec-log-bogus',
    help: 'One log record each time data validates as bogus (per validation, not per query).',
    reloadable: true,
  }),
  nsec3_max_iterations: option({
    type: clampedInteger(0, 150),
    default: 50,
    oldName: 'nsec3-max-iterations',
    help: 'NSEC3 with more iterations makes the answer insecure (not bogus). With `kedge.sha1: validate` the default is 150.',
  }),
  max_rrsigs_per_record: option({
    type: clampedInteger(2, 16),
    default: 4,
    oldName: 'max-rrsigs-per-record',
    help: 'Signatures tried cryptographically per RRset; expired and not-yet-valid ones do not count.',
    sameAs: 'kedge.limits.dnssec_max_verify_per_rrset',
  }),
  max_nsec3s_per_record: option({
    type: clampedInteger(4, 100),
    default: 10,
    oldName: 'max-nsec3s-per-record',
    help: 'NSEC3 records considered per denial.',
  }),
  max_signature_validations_per_query: option({
    type: clampedInteger(16, 256),
    default: 64,
    oldName: 'max-signature-validations-per-query',
    help: 'Signature verifications allowed per client query (KeyTrap bound).',
    sameAs: 'kedge.limits.dnssec_max_verify_per_query',
  }),
  max_nsec3_hash_computations_per_query: option({
    type: clampedInteger(150, 45_000),
    default: 4500,
    oldName: 'max-nsec3-hash-computations-per-query',
    help: 'NSEC3 hash iterations allowed per client query; more where `nsec3_max_iterations` was raised.',
  }),
  max_ds_per_zone: option({
    type: clampedInteger(1, 100),
    default: 8,
    oldName: 'max-ds-per-zone',
    help: 'DS records considered per zone.',
  }),
  max_dnskeys: option({
    type: clampedInteger(1, 4),
    default: 2,
    oldName: 'max-dnskeys',
    help: 'DNSKEYs with the same tag and algorithm considered; 1 forbids tag collisions.',
    sameAs: 'kedge.limits.dnssec_max_same_tag',
  }),
  signature_inception_skew: option({
    type: clampedInteger(0, 3600),
    default: 60,
    oldName: 'signature-inception-skew',
    help: 'Seconds by which an inception time may lie in the future. Negative is an error.',
  }),
  trustanchors: option({
    type: trustAnchors,
    default: builtInTrustAnchors,
    help: 'Trust anchors, a list of `{name, dsrecords}`. An entry for `.` replaces the built-in root anchors; entries for the same name are joined.',
    reloadable: true,
  }),
  negative_trustanchors: option({
    type: negativeTrustAnchors,
    default: [],
    help: 'List of `{name, reason, expires}`. `reason` and `expires` may be absent; `expires` is a duration from the start or reload (`12h`, `7d`, `2w`) or a date, after which the name is validated again.',
    reloadable: true,
  }),
  nta_extended_error: option({
    type: bool,
    default: true,
    oldName: 'nta-extended-error',
    help: 'Adds extended error 33 (Negative Trust Anchor) to insecure answers under a negative trust anchor.',
  }),
  trustanchorfile: option({
    type: path('/usr/share/dns/root.key'),
    default: '',
    help: 'Zone file of DS and DNSKEY records used as trust anchors. It replaces the built-in anchors for the names it contains and is joined with the configured ones.',
    reloadable: true,
  }),
  trustanchorfile_interval: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 24,
    help: 'Hours between re-reads of that file; 0 stops re-reading.',
    reloadable: true,
  }),
  aggressive_nsec_cache_size: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 100_000,
    oldName: 'aggressive-nsec-cache-size',
    help: 'Entries in the RFC 8198 cache; 0 disables it. Needs mode `process`, `log-fail` or `validate`.',
    reloadable: true,
  }),
  aggressive_cache_min_nsec3_hit_ratio: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 2000,
    oldName: 'aggressive-cache-min-nsec3-hit-ratio',
    help: 'Store an NSEC3 only if a random name would hit it with probability above 1/n; 0 stores none.',
    effect: 'accepted',
  }),
  aggressive_cache_max_nsec3_hash_cost: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 150,
    oldName: 'aggressive-cache-max-nsec3-hash-cost',
    help: 'Skip the aggressive cache when (iterations+1) times labels exceeds this.',
    effect: 'accepted',
  }),
  x_dnssec_names: option({
    type: domainNames,
    default: [],
    oldName: 'x-dnssec-names',
    help: 'Suffixes whose results are counted in the `x-dnssec-result-*` metrics instead of `dnssec-result-*` (keeps known-bad test names out of alerts).',
  }),
};
