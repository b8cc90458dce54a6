import type { Config } from '../config/schema.ts';
import { socketRights } from './control-socket.ts';
import { checkPrivileges } from './privileges.ts';
import { forwardZones } from './resolver-options.ts';
import { readRootHints } from './root-hints.ts';
import { localDataOptions } from './server-options.ts';
import { StartError } from './start-error.ts';
import { readTrustAnchors } from './trust-anchors.ts';

/** What would stop the program although every option by itself is right: one line each. */
export function checkStart(config: Config): string[] {
  const steps = [
    () => readTrustAnchors(config),
    () => readRootHints(config),
    () => localDataOptions(config),
    () => forwardZones(config),
    () => checkPrivileges(config.recursor),
    // Without an owner of its own the socket is that user's, of whom the line before has spoken.
    () => socketRights({ ...config.recursor, setuid: '', setgid: '' }),
  ];
  return steps.flatMap((step) => {
    try {
      step();
      return [];
    } catch (error) {
      if (error instanceof StartError)
        return [error.remedy === '' ? error.message : `${error.message}. ${error.remedy}`];
      throw error;
    }
  });
}
