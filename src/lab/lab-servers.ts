// The lab's authoritative servers on loopback sockets: one for each server of the lab, and one that has every zone.
import type { LabInternet } from './lab-internet.ts';
import { type LabServer, startLabServer } from './server.ts';

/** Where a server of the lab can be reached. */
export interface LabEndpoint {
  readonly address: string;
  readonly port: number;
}

export interface LabServers {
  readonly port: number;
  /** The server that has every zone. */
  readonly everything: LabEndpoint;
  /** Whether each server has a socket of its own; else the one that has every zone stands in. */
  readonly areApart: boolean;
  /** Where the server is that its zone says is at `address`, port 53. */
  endpointOf(address: string): LabEndpoint | undefined;
  close(): Promise<void>;
}

/** The address of the server that has every zone. */
export const EVERYTHING_ADDRESS = '127.0.0.1';

/**
 * Binds all servers to one port; 0 takes a free one. Rejects with the system's error when not even the server that has
 * every zone can be bound. Systems without the whole of 127.0.0.0/8 on their loopback get that one alone.
 */
export async function serveLab(internet: LabInternet, port: number): Promise<LabServers> {
  const everything = await startLabServer({ address: EVERYTHING_ADDRESS, port, zones: internet.everything });
  const started = await Promise.allSettled(
    Array.from(internet.servers, ([address, zones]) => startLabServer({ address, port: everything.port, zones })),
  );
  const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const areApart = servers.length === started.length;
  if (!areApart) await Promise.all(servers.map((server) => server.close()));
  const open: readonly LabServer[] = areApart ? servers : [];
  return {
    port: everything.port,
    everything,
    areApart,
    endpointOf: (address) => {
      if (!internet.servers.has(address) && !internet.absent.has(address)) return undefined;
      return { address: areApart ? address : everything.address, port: everything.port };
    },
    close: async () => {
      await Promise.all([everything, ...open].map((server) => server.close()));
    },
  };
}
