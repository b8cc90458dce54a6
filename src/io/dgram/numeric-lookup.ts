// node:dgram resolves every address it is given, asynchronously by default. Ours are numeric already.

/** A `lookup` that hands the address back within the call, which makes `bind`, `connect` and `send` synchronous. */
export function numericLookup(
  address: string,
  family: unknown,
  done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  done(null, address, family === 6 ? 6 : 4);
}
