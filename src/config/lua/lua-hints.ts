// What a name that the Lua file calls, and that does not exist, belongs to.
import { closestWord } from '../suggestion.ts';
import { otherFunctionNames } from './lua-other-functions.ts';

/** Functions that the recursor calls for each query; they are defined in the file of `lua-dns-script`. */
export const queryHooks = [
  'gettag',
  'gettag_ffi',
  'ipfilter',
  'prerpz',
  'preresolve',
  'postresolve',
  'postresolve_ffi',
  'preoutquery',
  'nodata',
  'nxdomain',
  'policyEventFilter',
  'maintenance',
  'udpQueryResponse',
  'followCNAMERecords',
  'getFakeAAAARecords',
  'getFakePTRRecords',
] as const;

const known = [
  'addTA',
  'clearTA',
  'addNTA',
  'clearNTA',
  'readTrustAnchorsFromFile',
  'pdnslog',
  'pdnsrandom',
  'newDN',
  'newNMG',
  'newNetmask',
  'newCA',
  'dofile',
  'require',
  'tostring',
  'tonumber',
  ...otherFunctionNames,
];

/** Names that people try, and what they want. */
const renamed = new Map<string, string>([
  ['addTrustAnchor', 'addTA'],
  ['clearTrustAnchor', 'clearTA'],
  ['clearTrustAnchors', 'clearTA'],
  ['addNegativeTrustAnchor', 'addNTA'],
  ['clearNegativeTrustAnchor', 'clearNTA'],
  ['addNegativeDS', 'addNTA'],
  ['addNDS', 'addNTA'],
  ['readTrustAnchors', 'readTrustAnchorsFromFile'],
  ['loadTrustAnchors', 'readTrustAnchorsFromFile'],
  ['rpzSecondary', 'rpzPrimary'],
]);

/** Beginnings of names that only dnsdist has. */
const dnsdist =
  /^(?:newServer|addAction|addResponseAction|addLocal|setLocal|addACL|setACL|setServerPolicy|addDOHLocal|addTLSLocal|addDNSCryptBind|controlSocket|setKey|webserver|setWebserverConfig|newPacketCache|getPool|addPool|setServFailWhenNoServer|mvRule|rmRule|topRule|showRules|newDNSName|newSuffixMatchNode|addDynBlocks|addDynamicBlock|dynBlockRulesGroup|carbonServer|includeDirectory|setMax[A-Z]\w*|setECS\w*|\w+Action|\w+Rule)$/;

/** Names of LUA records and of the Authoritative Server's scripts. */
const authoritative =
  /^(?:ifportup|ifurlup|ifurlextup|pickrandom|pickwrandom|pickclosest|pickhashed|pickwhashed|pickrandomsample|createReverse6?|createForward6?|latlon|latlonloc|closestMagic|view|filterForward|country|countryCode|continent|asnum|netmask|all|axfrfilter|update_allowed|updatepolicy|resolve|dblookup)$/;

/** One sentence to add to `attempt to call a nil value`, or undefined. */
export function unknownNameHint(name: string): string | undefined {
  if (/^(?:setfenv|getfenv|module)$/.test(name)) return `${name} is Lua 5.1; this machine is Lua 5.3`;
  if (queryHooks.some((hook) => hook === name)) return `${name} is a query hook, which belongs in lua-dns-script`;
  const meant = renamed.get(name);
  if (meant !== undefined) return `did you mean ${meant}?`;
  if (dnsdist.test(name)) return `${name} belongs to dnsdist, which has a configuration file of its own`;
  if (authoritative.test(name)) return `${name} belongs to the PowerDNS Authoritative Server`;
  const near = closestWord(name, known);
  return near === undefined ? undefined : `did you mean ${near}?`;
}
