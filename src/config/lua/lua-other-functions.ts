// The functions of PowerDNS's Lua file that are about features kedge has not: those that only cost speed or observability
// are taken with a warning, those that guard something stop the load (POWERDNS 0 and 2.2).

import type { Warn } from './anchor-functions.ts';
import type { LuaMachine } from './lua-machine.ts';

/** What is lost. */
const withoutEffect = new Map<string, string>([
  ['addSortList', 'addresses in answers are not sorted by client'],
  ['clearSortlist', 'addresses in answers are not sorted by client'],
  ['clearSortList', 'addresses in answers are not sorted by client'],
  ['zoneToCache', 'the zone is resolved as any other, not loaded into the cache beforehand'],
  ['addAllowedAdditionalQType', 'nothing is added to the additional section'],
  ['protobufServer', 'queries and answers are not streamed'],
  ['outgoingProtobufServer', 'outgoing queries are not streamed'],
  ['setProtobufMasks', 'queries and answers are not streamed'],
  ['dnstapFrameStreamServer', 'no dnstap stream is sent'],
  ['dnstapNODFrameStreamServer', 'no dnstap stream is sent'],
  ['addForwardingCatalogZone', 'the zones of the catalog are not forwarded; list them under forward_zones'],
]);

const policyZones =
  'kedge has no response policy zones yet, and leaving the filter out would be unsafe; remove the line, or let a server ' +
  'that has them do the filtering';

const refusedFunctions = new Map<string, string>([
  ['rpzFile', policyZones],
  ['rpzPrimary', policyZones],
  ['rpzMaster', `${policyZones} (PowerDNS has called this rpzPrimary since 4.5)`],
  [
    'addProxyMapping',
    'kedge cannot replace client addresses, and leaving it out would change who may ask; remove the line and set allow_from for the real addresses',
  ],
]);

/** The names, for hints. */
export const otherFunctionNames: readonly string[] = [...withoutEffect.keys(), ...refusedFunctions.keys()];

export function defineOtherFunctions(machine: LuaMachine, warn: Warn, fail: Warn): void {
  for (const [name, loss] of withoutEffect) {
    machine.define(name, ({ place }) => {
      warn(place, `${name} has no effect in kedge today: ${loss}`);
      return undefined;
    });
  }
  for (const [name, reason] of refusedFunctions) {
    // No Lua error: a `pcall` around it must not lose the filter.
    machine.define(name, ({ place }) => {
      fail(place, `${name}: ${reason}`);
      return undefined;
    });
  }
}
