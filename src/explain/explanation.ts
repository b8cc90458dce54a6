// An explanation as data: what `kedge explain --json` prints (docs/explain.md), what the running resolver answers to the
// control command, and what text and drawing are made from. Names are in presentation form, escaped; times ISO 8601.

export type ExplainedStatus = 'secure' | 'insecure' | 'bogus' | 'indeterminate' | 'failed';

export interface ExplainedQuestion {
  readonly name: string;
  readonly type: string;
}

/** A key, or a DS entry that names one. */
export interface ExplainedKey {
  readonly tag: number;
  readonly algorithm: number;
  readonly algorithmName: string;
  /** Of a DNSKEY: 257 for a key-signing key, 256 for a zone-signing key. */
  readonly flags?: number;
  /** Of a DS. */
  readonly digestType?: number;
  readonly digestName?: string;
  /** A DS or anchor names this key, and it signs the DNSKEY set. */
  readonly isEntryPoint?: boolean;
}

export interface ExplainedSignature {
  readonly signer: string;
  readonly keyTag: number;
  readonly algorithm: number;
  readonly algorithmName: string;
  readonly inception: string;
  readonly expiration: string;
  /** Until its expiration; negative once it has passed. */
  readonly secondsLeft: number;
  /** Until its inception; negative once it has begun. */
  readonly secondsUntilInception: number;
}

/** One link of a chain of trust, from the anchor down; the last may be the one that broke. */
export interface ExplainedLink {
  readonly kind:
    | 'anchor'
    | 'negative-anchor'
    | 'ds'
    | 'dnskey'
    | 'insecure-delegation'
    | 'rrset'
    | 'denial'
    | 'failure';
  readonly state: 'secure' | 'insecure' | 'broken';
  /** The zone that it speaks of; of data, that of the signer. */
  readonly zone: string;
  /** Of data, a denial or a failure. */
  readonly name?: string;
  readonly type?: string;
  readonly keys: readonly ExplainedKey[];
  readonly signature?: ExplainedSignature;
  /** The name of the wildcard that an answer was made from. */
  readonly wildcard?: string;
  /** What a denial proves. */
  readonly proof?: string;
  readonly optOut?: boolean;
  /** Why it is insecure or broken, in words. */
  readonly why?: string;
  readonly expected?: string;
  readonly found?: string;
  /** `address#port`; `cache` when the data were known. */
  readonly server?: string;
  /** What the server took for it, milliseconds. */
  readonly ms?: number;
  /** When a failure was found. */
  readonly at?: string;
}

/** The chain behind one part of the answer: each alias, then the data or their denial. */
export interface ExplainedPart {
  readonly name: string;
  readonly type: string;
  readonly what: 'data' | 'alias' | 'nodata' | 'nxdomain' | 'local' | 'nothing';
  /** Of an alias: where it leads. */
  readonly target?: string;
  readonly status: ExplainedStatus;
  readonly links: readonly ExplainedLink[];
}

export interface ExplainedRemedy {
  readonly text: string;
  readonly lines: readonly { readonly where: string; readonly line: string }[];
}

/** A row of the table of causes, filled in. */
export interface ExplainedCause {
  /** A code of docs/causes.md. */
  readonly code: string;
  readonly ede: number | null;
  readonly text: string;
  readonly explanation: string;
  readonly side: string;
  readonly hint: string;
  readonly remedies: readonly ExplainedRemedy[];
}

/** One query that was sent, and what came of it. */
export interface ExplainedAttempt {
  readonly server: string;
  readonly name: string;
  readonly type: string;
  readonly transport: string;
  readonly outcome: string;
  readonly ms?: number;
}

export interface Explanation {
  readonly schema: 1;
  readonly question: ExplainedQuestion;
  /** The time as of which signatures were judged. */
  readonly at: string;
  /** `here`: resolved for this explanation. `running`: what the running resolver holds. */
  readonly source: 'here' | 'running';
  readonly status: ExplainedStatus;
  readonly rcode: string;
  /** AD would be set. */
  readonly authentic: boolean;
  readonly answer: readonly string[];
  readonly parts: readonly ExplainedPart[];
  readonly cause: ExplainedCause | null;
  readonly errors: readonly { readonly code: number; readonly text: string }[];
  readonly attempts: readonly ExplainedAttempt[];
  readonly elapsedMs: number;
}

/** Whether a value read from elsewhere has the outline of an explanation of this schema. */
export function isExplanation(value: unknown): value is Explanation {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'schema' in value && value.schema === 1 && 'question' in value && 'parts' in value && Array.isArray(value.parts)
  );
}

/** The same with `?` for everything that is no printable ASCII: what it holds may be from anywhere. */
export function withPrintableTexts(explanation: Explanation): Explanation {
  const printable: unknown = JSON.parse(JSON.stringify(explanation), (_key, value: unknown) =>
    typeof value === 'string' ? value.replace(/[^\x20-\x7e]/g, '?') : value,
  );
  return isExplanation(printable) ? printable : explanation;
}
