// The section `webservice`.
import { option } from './option.ts';
import { bool, integer, networks, networksOf, oneOf, path, plainAddress, text } from './value-types.ts';
import { boolOrAuto, credential, webListens } from './web-types.ts';

export const webserviceSection = {
  api_key: option({
    type: credential,
    default: '',
    oldName: 'api-key',
    help: "Key for `/api`, sent as `X-API-Key`; plaintext, or a `$scrypt$` hash as `kedge ctl hash-password` prints it. Without a key nothing can be changed over HTTP, and of PowerDNS's API only statistics and `/jsonstat` work.",
    reloadable: true,
  }),
  webserver: option({
    type: boolOrAuto,
    default: 'auto',
    oldName: 'webserver',
    help: 'Start the web server (pages, metrics, API). PowerDNS Recursor has it off unless asked for; kedge starts it on the loopback address, and with `auto` goes on without it, and a warning, when its port is taken.',
  }),
  address: option({
    type: plainAddress,
    default: '127.0.0.1',
    oldName: 'webserver-address',
    help: 'Address of the web server. Another than a loopback address needs an `api_key` and an `allow_from` of its own.',
  }),
  allow_from: option({
    type: networks,
    default: networksOf('127.0.0.1', '::1'),
    oldName: 'webserver-allow-from',
    help: 'Who may connect to the web server; the connections of others are closed. An empty list is nobody.',
    reloadable: true,
  }),
  password: option({
    type: credential,
    default: '',
    oldName: 'webserver-password',
    help: 'Basic-auth password of the pages, metrics and everything else that only shows something (any user name); plaintext or hash.',
    reloadable: true,
  }),
  port: option({
    type: integer(1, 65_535),
    default: 8082,
    oldName: 'webserver-port',
    help: 'Port of the web server.',
  }),
  api_dir: option({
    type: path('DIRECTORY'),
    default: '',
    oldName: 'api-config-dir',
    help: 'Where zones and access lists made through the API are stored, and read from at the start; without it they cannot be made. In YAML it must differ from `include_dir`.',
  }),
  cross_origin_request_header: option({
    type: text('TEXT'),
    default: '',
    oldName: 'cross-origin-request-header',
    help: 'Value of `access-control-allow-origin`: a site whose pages may use the API, such as `https://dashboard.example`. Empty sends none, and refuses them.',
    reloadable: true,
  }),
  listen: option({
    type: webListens,
    default: [],
    help: 'List of `{addresses, tls: {certificate, key, password}}`; replaces address and port. With `tls` the server speaks HTTPS there.',
  }),
  hash_plaintext_credentials: option({
    type: bool,
    default: false,
    oldName: 'webserver-hash-plaintext-credentials',
    help: 'Compare with a hash of a key or password that is given in plaintext. kedge always does.',
    effect: 'accepted',
  }),
  loglevel: option({
    type: oneOf(['none', 'normal', 'detailed']),
    default: 'normal',
    oldName: 'webserver-loglevel',
    help: 'Which requests are logged: `none`; `normal`, those that are refused, fail or change something; `detailed`, all of them with what they ask.',
    reloadable: true,
  }),
  max_request_size: option({
    type: integer(0, Number.MAX_SAFE_INTEGER),
    default: 2,
    oldName: 'webserver-max-request-size',
    help: 'Megabytes of a request below `/api/v1` at most; never more than 2. Others are 64 KiB at most.',
  }),
};
