// Sections of features that kedge does not have; they are read and checked so that existing files work.
import { option } from './option.ts';
import { bool, integer, networks, networksOf, path, socketAddresses, text, texts } from './value-types.ts';

/** Everyone but local clients. */
const ecsNetworks = networksOf(
  '0.0.0.0/0',
  '::/0',
  '!127.0.0.0/8',
  '!10.0.0.0/8',
  '!100.64.0.0/10',
  '!169.254.0.0/16',
  '!192.168.0.0/16',
  '!172.16.0.0/12',
  '!::1/128',
  '!fc00::/7',
  '!fe80::/10',
);

export const ecsSection = {
  add_for: option({
    type: networks,
    default: ecsNetworks,
    oldName: 'ecs-add-for',
    help: 'Clients for whom ECS is added.',
    effect: 'accepted',
  }),
  ipv4_bits: option({
    type: integer(0, 32),
    default: 24,
    oldName: 'ecs-ipv4-bits',
    help: 'Prefix sent for IPv4.',
    effect: 'accepted',
  }),
  ipv4_cache_bits: option({
    type: integer(0, 32),
    default: 24,
    oldName: 'ecs-ipv4-cache-bits',
    help: 'Longest cached IPv4 scope.',
    effect: 'accepted',
  }),
  ipv6_bits: option({
    type: integer(0, 128),
    default: 56,
    oldName: 'ecs-ipv6-bits',
    help: 'Prefix sent for IPv6.',
    effect: 'accepted',
  }),
  ipv6_cache_bits: option({
    type: integer(0, 128),
    default: 56,
    oldName: 'ecs-ipv6-cache-bits',
    help: 'Longest cached IPv6 scope.',
    effect: 'accepted',
  }),
  ipv4_never_cache: option({
    type: bool,
    default: false,
    oldName: 'ecs-ipv4-never-cache',
    help: 'Do not cache IPv4 scoped answers.',
    effect: 'accepted',
  }),
  ipv6_never_cache: option({
    type: bool,
    default: false,
    oldName: 'ecs-ipv6-never-cache',
    help: 'Do not cache IPv6 scoped answers.',
    effect: 'accepted',
  }),
  minimum_ttl_override: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 1,
    oldName: 'ecs-minimum-ttl-override',
    help: 'TTL floor for scoped answers.',
    effect: 'accepted',
    reloadable: true,
  }),
  cache_limit_ttl: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 0,
    oldName: 'ecs-cache-limit-ttl',
    help: 'Only cache scoped answers above this TTL.',
    effect: 'accepted',
  }),
  scope_zero_address: option({
    type: text('TEXT'),
    default: '',
    oldName: 'ecs-scope-zero-address',
    help: 'Address sent when no ECS applies.',
    effect: 'accepted',
  }),
};

export const carbonSection = {
  interval: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 30,
    oldName: 'carbon-interval',
    help: 'Seconds between two pushes.',
    effect: 'accepted',
  }),
  ns: option({
    type: text('TEXT'),
    default: 'pdns',
    oldName: 'carbon-namespace',
    help: 'First element of the metric path.',
    effect: 'accepted',
  }),
  ourname: option({
    type: text('TEXT'),
    default: '',
    oldName: 'carbon-ourname',
    help: 'Host element of the metric path.',
    effect: 'accepted',
  }),
  instance: option({
    type: text('TEXT'),
    default: 'recursor',
    oldName: 'carbon-instance',
    help: 'Third element of the metric path.',
    effect: 'accepted',
  }),
  server: option({
    type: socketAddresses,
    default: [],
    oldName: 'carbon-server',
    help: 'Carbon servers, with optional ports.',
    effect: 'accepted',
    reloadable: true,
  }),
};

export const nodSection = {
  tracking: option({
    type: bool,
    default: false,
    oldName: 'new-domain-tracking',
    help: 'Watch for newly observed domains.',
    effect: 'accepted',
  }),
  log: option({
    type: bool,
    default: true,
    oldName: 'new-domain-log',
    help: 'Log newly observed domains.',
    effect: 'accepted',
  }),
  lookup: option({
    type: text('TEXT'),
    default: '',
    oldName: 'new-domain-lookup',
    help: 'Look newly observed domains up under this name.',
    effect: 'accepted',
  }),
  db_size: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 67_108_864,
    oldName: 'new-domain-db-size',
    help: 'Cells of the filter for domains.',
    effect: 'accepted',
  }),
  history_dir: option({
    type: path('DIRECTORY'),
    default: '',
    oldName: 'new-domain-history-dir',
    help: 'Where the filter for domains is kept.',
    effect: 'accepted',
  }),
  db_snapshot_interval: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 600,
    oldName: 'new-domain-db-snapshot-interval',
    help: 'Seconds between copies of the filters on disk.',
    effect: 'accepted',
  }),
  ignore_list: option({
    type: texts('TEXT'),
    default: [],
    oldName: 'new-domain-ignore-list',
    help: 'Names that are never new.',
    effect: 'accepted',
  }),
  ignore_list_file: option({
    type: path('FILE'),
    default: '',
    oldName: 'new-domain-ignore-list-file',
    help: 'File with names that are never new.',
    effect: 'accepted',
  }),
  pb_tag: option({
    type: text('TEXT'),
    default: 'pdns-nod',
    oldName: 'new-domain-pb-tag',
    help: 'Protobuf tag of newly observed domains.',
    effect: 'accepted',
  }),
  unique_response_tracking: option({
    type: bool,
    default: false,
    oldName: 'unique-response-tracking',
    help: 'Watch for unique responses.',
    effect: 'accepted',
  }),
  unique_response_log: option({
    type: bool,
    default: true,
    oldName: 'unique-response-log',
    help: 'Log unique responses.',
    effect: 'accepted',
  }),
  unique_response_db_size: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 67_108_864,
    oldName: 'unique-response-db-size',
    help: 'Cells of the filter for responses.',
    effect: 'accepted',
  }),
  unique_response_history_dir: option({
    type: path('DIRECTORY'),
    default: '',
    oldName: 'unique-response-history-dir',
    help: 'Where the filter for responses is kept.',
    effect: 'accepted',
  }),
  unique_response_pb_tag: option({
    type: text('TEXT'),
    default: 'pdns-udr',
    oldName: 'unique-response-pb-tag',
    help: 'Protobuf tag of unique responses.',
    effect: 'accepted',
  }),
  unique_response_ignore_list: option({
    type: texts('TEXT'),
    default: [],
    oldName: 'unique-response-ignore-list',
    help: 'Names whose responses are never unique.',
    effect: 'accepted',
  }),
  unique_response_ignore_list_file: option({
    type: path('FILE'),
    default: '',
    oldName: 'unique-response-ignore-list-file',
    help: 'File with names whose responses are never unique.',
    effect: 'accepted',
  }),
};

export const snmpSection = {
  agent: option({
    type: bool,
    default: false,
    oldName: 'snmp-agent',
    help: 'Act as SNMP AgentX sub-agent.',
    effect: 'accepted',
  }),
  daemon_socket: option({
    type: path('FILE'),
    default: '',
    oldName: 'snmp-daemon-socket',
    help: 'Socket of the AgentX master.',
    effect: 'accepted',
  }),
};
