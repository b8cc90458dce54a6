/** ASCII letters to lower case, all other octets as they are (RFC 4343). */
export const lowerCase: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet,
);
