import { parseAddress } from '../wire/address-text.ts';

/** Addresses remembered; a full table is emptied, since reading an address again costs little. */
const MAX_ADDRESSES = 4096;
const nowhere = new Uint8Array(4);

/** The octets of client addresses that a driver gives as text, remembered because clients ask again. */
export class ClientAddresses {
  private readonly known = new Map<string, Uint8Array>();

  octetsOf(text: string): Uint8Array {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const percent = text.indexOf('%');
    const octets = parseAddress(percent === -1 ? text : text.slice(0, percent)) ?? nowhere;
    if (this.known.size >= MAX_ADDRESSES) this.known.clear();
    this.known.set(text, octets);
    return octets;
  }
}
