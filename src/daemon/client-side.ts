// What of the client side may be exchanged while the program runs: who may ask, who may notify, and the local data.
import type { Config } from '../config/schema.ts';
import { LocalData } from '../policy/local-data.ts';
import { AccessControl } from '../server/access-control.ts';
import { NotifyAccess } from '../server/notify-access.ts';
import type { PipelineParts } from '../server/pipeline.ts';
import type { Warn } from './local-files.ts';
import { localDataOptions, notifyRules } from './server-options.ts';

/** One set of what may be exchanged. */
export interface ClientSideParts {
  readonly access: AccessControl;
  readonly notify: NotifyAccess;
  readonly localData: LocalData;
}

/** Who may ask and notify. */
export function accessParts(config: Config): Pick<ClientSideParts, 'access' | 'notify'> {
  return { access: new AccessControl(config.incoming.allow_from), notify: new NotifyAccess(notifyRules(config)) };
}

/** The local data, with those in files read now; throws a `StartError`. */
export function localDataPart(config: Config, warn: Warn): Pick<ClientSideParts, 'localData'> {
  return { localData: new LocalData(localDataOptions(config, warn)) };
}

/** Passes each question on to the parts of the moment. */
export class ClientSide {
  private current: ClientSideParts;
  private readonly onReplaced: () => void;

  /** `onReplaced` hears that other parts are in force: what was answered before may no longer be right. */
  constructor(parts: ClientSideParts, onReplaced: () => void = () => {}) {
    this.current = parts;
    this.onReplaced = onReplaced;
  }

  replace(parts: Partial<ClientSideParts>): void {
    this.current = { ...this.current, ...parts };
    this.onReplaced();
  }

  /** Whether a client with this address may ask. */
  allows(address: Uint8Array): boolean {
    return this.current.access.allows(address);
  }

  /** The local data of the moment. */
  get localData(): LocalData {
    return this.current.localData;
  }

  /** What the pipeline holds on to. */
  readonly forPipeline: Pick<PipelineParts, 'access' | 'notify' | 'localData'> = {
    access: { allows: (address) => this.current.access.allows(address) },
    notify: {
      allowsSource: (address) => this.current.notify.allowsSource(address),
      allowsZone: (zone) => this.current.notify.allowsZone(zone),
    },
    localData: { answer: (question) => this.current.localData.answer(question) },
  };
}
