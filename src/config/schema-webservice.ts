// The section `webservice`.
import { option } from './option.ts';
import { uncheckedMaps } from './structured-types.ts';
import { bool, integer, networks, networksOf, oneOf, path, plainAddress, text } from './value-types.ts';

export const webserviceSection = {
  api_key: option({
    type: text('TEXT'),
    default: '',
    oldName: 'api-key',
    help: 'Key for `/api`, sent as `X-API-Key`; plaintext or a `$scrypt$` hash. Without a key only the front page, `/jsonstat`, `/metrics` and statistics work.',
    effect: 'accepted',
  }),
  webserver: option({
    type: bool,
    default: false,
    oldName: 'webserver',
    help: 'Start the web server (metrics, API, pages).',
    effect: 'accepted',
  }),
  address: option({
    type: plainAddress,
    default: '127.0.0.1',
    oldName: 'webserver-address',
    help: 'Address of the web server.',
    effect: 'accepted',
  }),
  allow_from: option({
    type: networks,
    default: networksOf('127.0.0.1', '::1'),
    oldName: 'webserver-allow-from',
    help: 'Who may connect to the web server.',
    effect: 'accepted',
  }),
  password: option({
    type: text('TEXT'),
    default: '',
    oldName: 'webserver-password',
    help: 'Basic-auth password of the pages and metrics (any user name); plaintext or hash.',
    effect: 'accepted',
  }),
  port: option({
    type: integer(1, 65_535),
    default: 8082,
    oldName: 'webserver-port',
    help: 'Port of the web server.',
    effect: 'accepted',
  }),
  api_dir: option({
    type: path('DIRECTORY'),
    default: '',
    oldName: 'api-config-dir',
    help: 'Where zones and ACLs made through the API are stored. With YAML it must differ from `include_dir`.',
    effect: 'accepted',
  }),
  cross_origin_request_header: option({
    type: text('TEXT'),
    default: '',
    oldName: 'cross-origin-request-header',
    help: 'Value of `access-control-allow-origin`; empty sends none.',
    effect: 'accepted',
  }),
  listen: option({
    type: uncheckedMaps,
    default: [],
    help: 'List of `{addresses, tls: {certificate, key, password}}`; replaces address and port.',
    effect: 'accepted',
  }),
  hash_plaintext_credentials: option({
    type: bool,
    default: false,
    oldName: 'webserver-hash-plaintext-credentials',
    help: 'Hash plaintext credentials in memory.',
    effect: 'accepted',
  }),
  loglevel: option({
    type: oneOf(['none', 'normal', 'detailed']),
    default: 'normal',
    oldName: 'webserver-loglevel',
    help: 'How much is logged of each request.',
    effect: 'accepted',
  }),
  max_request_size: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 2,
    oldName: 'webserver-max-request-size',
    help: 'Megabytes of a request at most.',
    effect: 'accepted',
  }),
};
