// Old-style names that older guides and packages use, and what they are called today (POWERDNS 3.1).

/** Names that changed, with nothing else. */
const renamed = new Map<string, string>([
  ['edns-subnet-whitelist', 'edns-subnet-allow-list'],
  ['new-domain-whitelist', 'new-domain-ignore-list'],
  ['unique-response-whitelist', 'unique-response-ignore-list'],
  ['snmp-master-socket', 'snmp-daemon-socket'],
  ['stats-api-blacklist', 'stats-api-disabled-list'],
  ['stats-carbon-blacklist', 'stats-carbon-disabled-list'],
  ['stats-rec-control-blacklist', 'stats-rec-control-disabled-list'],
  ['stats-snmp-blacklist', 'stats-snmp-disabled-list'],
]);

/** The present name of a renamed setting; undefined for all others. */
export function presentName(oldName: string): string | undefined {
  return renamed.get(oldName);
}

/** Its addresses belong to `query-local-address` today, besides the IPv4 ones that stand there. */
export const IPV6_SOURCE_NAME = 'query-local-address6';
export const SOURCE_NAME = 'query-local-address';
