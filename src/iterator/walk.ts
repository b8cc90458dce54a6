// What a walk reads, needs from outside and ends with: the types that its parts share.
import type { Delegation, NameServer } from '../cache/delegation-store.ts';
import type { ThrottleExemptions } from '../cache/throttle-exemptions.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ask, Outcome, ServerAddress } from '../ports/exchange.ts';
import type { Random } from '../ports/random.ts';
import type { ExtendedError } from '../wire/edns.ts';
import type { DomainName } from '../wire/name.ts';
import type { IterationLimits } from './limits.ts';
import type { Response } from './response.ts';
import type { AddressFilter } from './scrub.ts';
import type { AttemptOptions, ServerKnowledge } from './server-selection.ts';

/** By which way a name is resolved: from the root, or through configured servers. */
export type Route =
  | { readonly kind: 'iterative' }
  | {
      readonly kind: 'forward';
      readonly zone: DomainName;
      readonly servers: readonly ServerAddress[];
      /** RD=1: the servers resolve; else they are authoritative and their delegations are followed. */
      readonly recurse: boolean;
      /** Servers by name instead of by address: those of a delegation within a local zone. */
      readonly delegatedTo?: readonly NameServer[] | undefined;
    };

/** What the walk may spend; shared with everything else that the same client query causes (SECURITY I-1). */
export interface IterationBudget {
  /** Counts one packet; false when the query has spent its packets, octets or time. */
  chargeUpstream(): boolean;
  /** Counts one NS address look-up; false when no more may be made. */
  chargeAddressLookup(): boolean;
  /** Counts one failed NS address look-up; false when there were too many. */
  chargeFailedAddressLookup(): boolean;
  /** What went wrong with a server, for the client. */
  noteTrouble(error: ExtendedError): void;
}

/** What the walk reads of the caches. */
export interface IterationKnowledge {
  readonly servers: ServerKnowledge;
  closestDelegation(name: DomainName, top: DomainName): Delegation | undefined;
  /** Glue that a parent gave for an NS name, wherever it was delegated. */
  glueOf(name: DomainName): readonly ServerAddress[];
  /** Cached addresses of an NS name; undefined when they would have to be looked up. */
  addressesOf(name: DomainName): readonly ServerAddress[] | undefined;
  /** An NS name whose address was looked for in vain of late. */
  isNonResolving(name: DomainName): boolean;
}

export interface IterationOptions extends AttemptOptions {
  readonly limits: IterationLimits;
  readonly minimise: boolean;
  /** NXDOMAIN for a minimised name ends the walk. */
  readonly minimiseStrictly: boolean;
  readonly useIPv4: boolean;
  readonly useIPv6: boolean;
  /** Ask for signatures (DO). */
  readonly dnssecOk: boolean;
  readonly randomiseCase: boolean;
  /** Send names in lower case, and so without random case (`outgoing.lowercase`). */
  readonly lowerCase: boolean;
  /** One question in so many treats a dead server as any other; 0: none. */
  readonly bypassThrottlingOneIn: number;
  /** Servers that never count as dead. */
  readonly exemptions: ThrottleExemptions;
  /** Whether an address that a server named may be asked. */
  readonly mayAsk: (octets: Uint8Array) => boolean;
  /** Whether an address may be told to anybody (`kedge.private_address`); absent where all may. */
  readonly mayAnswer?: AddressFilter | undefined;
  /** Glue counts wherever it lies (`kedge.harden_glue: false`). */
  readonly trustsForeignGlue?: boolean | undefined;
  /** Glue outside the zone delegated is used only when the address cannot be looked up. */
  readonly verifiesGlue?: boolean | undefined;
}

export interface IterationContext {
  readonly name: DomainName;
  readonly type: number;
  readonly route: Route;
  readonly onRoute: (name: DomainName) => boolean;
  readonly knowledge: IterationKnowledge;
  readonly budget: IterationBudget;
  readonly options: IterationOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly rootHints: Delegation;
  /** Servers not to ask, `address#port`: their data did not validate (SECURITY 4.3). */
  readonly excluded: ReadonlySet<string>;
  /** Set for the priming question itself. */
  readonly priming: boolean;
}

/** What a server was seen to do, for the server cache. */
export type ServerObservation = 'lame' | 'failing' | 'no-edns' | 'changes-case';

export type IterationNeed =
  | { readonly kind: 'ask'; readonly ask: Ask }
  | { readonly kind: 'prime' }
  | { readonly kind: 'addresses'; readonly name: DomainName; readonly type: number }
  | { readonly kind: 'learn'; readonly delegation: Delegation }
  | { readonly kind: 'observe-name'; readonly name: DomainName; readonly resolved: boolean }
  | {
      readonly kind: 'observe';
      readonly server: ServerAddress;
      readonly zone: DomainName;
      readonly observation: ServerObservation;
    };

export type IterationEvent =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  /** `limited`: a limit of ours ended the look-up, which says nothing about the name. */
  | {
      readonly kind: 'addresses';
      readonly addresses: readonly ServerAddress[];
      readonly limited?: boolean;
      readonly looped?: boolean;
      /** The name is an alias: of this one. */
      readonly alias?: DomainName | undefined;
    }
  | { readonly kind: 'done' };

export type IterationFailure = 'no-servers' | 'servers-failed' | 'budget' | 'too-many-referrals' | 'loop' | 'overload';

export type IterationResult =
  | { readonly ok: true; readonly response: Response }
  | {
      readonly ok: false;
      readonly failure: IterationFailure;
      readonly errors: readonly ExtendedError[];
      /** What the servers that failed said of a minimised name: NXDOMAIN. If it is secure, it answers (RFC 8020 2). */
      readonly denied?: Response;
    };

export type Walk<T> = Generator<IterationNeed, T, IterationEvent>;
