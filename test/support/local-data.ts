// Local data as after a start without any setting, but for what a test is about.
import { LocalData, type LocalDataOptions } from '../../src/policy/local-data.ts';

export function localDataWith(options: Partial<LocalDataOptions> = {}): LocalData {
  return new LocalData({
    zones: [],
    records: [],
    authZones: [],
    hosts: [],
    forwardZones: [],
    serveRfc1918: true,
    serveRfc6303: true,
    ...options,
  });
}
