// The section `logging`.
import { option } from './option.ts';
import { uncheckedMaps } from './structured-types.ts';
import { bool, clampedInteger, integer, oneOf, text } from './value-types.ts';

const traceWords = oneOf(['no', 'yes', 'fail']);
/** Older packaged files write a boolean, which alone means on. */
const otherTraceWords = new Map([
  ['off', 'no'],
  ['on', 'yes'],
  ['', 'yes'],
] as const);

const traceWord: typeof traceWords = {
  ...traceWords,
  read(node, reader) {
    const other = node.kind === 'scalar' ? [...otherTraceWords].find(([word]) => word === node.text)?.[1] : undefined;
    return other ?? traceWords.read(node, reader);
  },
};

export const loggingSection = {
  timestamp: option({
    type: bool,
    default: true,
    oldName: 'log-timestamp',
    help: 'Timestamps in log lines.',
  }),
  loglevel: option({
    type: clampedInteger(0, 7),
    default: 6,
    oldName: 'loglevel',
    help: 'Log what is at least this urgent: syslog levels, 0 (emergency) to 7 (debug). With `quiet: false` or a `trace` it counts as at least 6.',
    reloadable: true,
  }),
  common_errors: option({
    type: bool,
    default: false,
    oldName: 'log-common-errors',
    help: 'Also log frequent errors.',
    effect: 'accepted',
  }),
  quiet: option({
    type: bool,
    default: true,
    oldName: 'quiet',
    help: 'Do not log each question and answer. Where they are logged, `loglevel` counts as at least 6, and an answer from the packet cache costs several times as much.',
    reloadable: true,
  }),
  trace: option({
    type: traceWord,
    default: 'no',
    oldName: 'trace',
    help: 'Log how questions are resolved: never, always, or for those that fail. Unless never, `loglevel` counts as at least 6, and no query is answered from the packet cache.',
    reloadable: true,
  }),
  statistics_interval: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 1800,
    oldName: 'statistics-interval',
    help: 'Seconds between statistics lines; 0 is off.',
    reloadable: true,
  }),
  structured_logging_backend: option({
    type: oneOf(['default', 'systemd-journal', 'json']),
    default: 'default',
    oldName: 'structured-logging-backend',
    help: 'Where structured records go.',
    effect: 'accepted',
  }),
  dnstap_framestream_servers: option({
    type: uncheckedMaps,
    default: [],
    help: 'YAML form of `dnstapFrameStreamServer` (one entry at most).',
    effect: 'accepted',
    reloadable: true,
  }),
  disable_syslog: option({
    type: bool,
    default: false,
    oldName: 'disable-syslog',
    help: 'Do not log to syslog. kedge logs to standard error only.',
    effect: 'accepted',
  }),
  rpz_changes: option({
    type: bool,
    default: false,
    oldName: 'log-rpz-changes',
    help: 'Log level of RPZ changes.',
    effect: 'accepted',
  }),
  facility: option({
    type: text('TEXT'),
    default: '',
    oldName: 'logging-facility',
    help: 'Syslog facility digit.',
    effect: 'accepted',
  }),
  protobuf_use_kernel_timestamp: option({
    type: bool,
    default: false,
    oldName: 'protobuf-use-kernel-timestamp',
    help: 'Measure latency from when the kernel received a query.',
    effect: 'accepted',
  }),
  structured_logging: option({
    type: bool,
    default: true,
    oldName: 'structured-logging',
    help: 'Log structured records. kedge always does.',
    effect: 'accepted',
  }),
  protobuf_servers: option({
    type: uncheckedMaps,
    default: [],
    help: 'YAML form of `protobufServer` (one entry at most).',
    effect: 'accepted',
    reloadable: true,
  }),
  outgoing_protobuf_servers: option({
    type: uncheckedMaps,
    default: [],
    help: 'YAML form of `outgoingProtobufServer` (one entry at most).',
    effect: 'accepted',
    reloadable: true,
  }),
  protobuf_mask_v4: option({
    type: integer(0, 32),
    default: 32,
    help: 'Bits of IPv4 client addresses kept in protobuf messages.',
    effect: 'accepted',
  }),
  protobuf_mask_v6: option({
    type: integer(0, 128),
    default: 128,
    help: 'Bits of IPv6 client addresses kept in protobuf messages.',
    effect: 'accepted',
  }),
  dnstap_nod_framestream_servers: option({
    type: uncheckedMaps,
    default: [],
    help: 'YAML form of `dnstapNODFrameStreamServer`.',
    effect: 'accepted',
    reloadable: true,
  }),
  opentelemetry_trace_conditions: option({
    type: uncheckedMaps,
    default: [],
    help: 'When to emit OpenTelemetry spans.',
    effect: 'accepted',
    reloadable: true,
  }),
};
