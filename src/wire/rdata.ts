// Typed views of the RDATA that resolution acts on. Each returns undefined for RDATA that is not well formed.
import { DomainName } from './name.ts';
import { readU32 } from './reader.ts';
import { nameLength } from './writer.ts';

/** The name that is the whole RDATA: NS, CNAME, DNAME, PTR (RFC 1035 3.3, RFC 6672 2.1). */
export function parseNameRdata(rdata: Uint8Array): DomainName | undefined {
  const length = nameLength(rdata, 0);
  return length === rdata.length ? DomainName.fromOctets(rdata) : undefined;
}

/** SOA fields used for negative caching (RFC 2308 3). */
export interface SOAData {
  readonly primary: DomainName;
  readonly mailbox: DomainName;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  /** Seconds; the TTL of negative answers, together with the SOA record's own. */
  readonly minimum: number;
}

export function parseSOA(rdata: Uint8Array): SOAData | undefined {
  const primaryLength = nameLength(rdata, 0);
  if (primaryLength < 0) return undefined;
  const mailboxLength = nameLength(rdata, primaryLength);
  if (mailboxLength < 0) return undefined;
  const offset = primaryLength + mailboxLength;
  if (offset + 20 !== rdata.length) return undefined;
  return {
    primary: DomainName.fromOctets(rdata.slice(0, primaryLength)),
    mailbox: DomainName.fromOctets(rdata.slice(primaryLength, offset)),
    serial: readU32(rdata, offset),
    refresh: readU32(rdata, offset + 4),
    retry: readU32(rdata, offset + 8),
    expire: readU32(rdata, offset + 12),
    minimum: readU32(rdata, offset + 16),
  };
}
