// The web server, and what its pages and both of its APIs act on; most of it is loaded when somebody looks.
import type { Config } from '../config/schema.ts';
import type { Clock } from '../ports/clock.ts';
import type { AuditTrail } from '../telemetry/audit-trail.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { WebTarget } from '../web/target.ts';
import type { DaemonControl } from './control-target.ts';
import { WebService } from './web-service.ts';

export interface WebParts {
  /** The one in force. */
  readonly config: () => Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly audit: AuditTrail;
  readonly control: DaemonControl;
  readonly webTarget: WebTarget;
}

export function makeWebService({ config, clock, log, metrics, control, audit, webTarget }: WebParts): WebService {
  const targets = async () => {
    const [{ WebPowerDNS }, { WebStore }] = await Promise.all([import('./web-powerdns.ts'), import('./web-store.ts')]);
    const store = new WebStore({
      directory: () => config().webservice.api_dir,
      reloadZones: () => control.reloadZones(),
      reloadAccess: () => control.reloadAcls(),
    });
    return { kedge: webTarget, powerDNS: new WebPowerDNS({ config, control, metrics, store, audit, clock }) };
  };
  return new WebService({ config, clock, log, targets });
}
