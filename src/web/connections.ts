// Open connections: bounded, and shared out so that no client keeps the others away.
import type { Socket } from 'node:net';
import { MAX_CONNECTIONS } from './limits.ts';

type Connection = Pick<Socket, 'destroy' | 'once'>;

export class Connections {
  /** With their sources, the oldest first. */
  private readonly open = new Map<Connection, string>();

  /** False when there is no room. A source that has fewer than another takes the place of that one's oldest. */
  admit(socket: Connection, source: string): boolean {
    if (this.open.size >= MAX_CONNECTIONS) {
      const oldest = this.oldestOfLargest(source);
      if (oldest === undefined) return false;
      this.open.delete(oldest);
      oldest.destroy();
    }
    this.open.set(socket, source);
    socket.once('close', () => this.open.delete(socket));
    return true;
  }

  closeAll(): void {
    for (const socket of this.open.keys()) socket.destroy();
  }

  /** Of the source that has the most; undefined when the newcomer would then have as many. */
  private oldestOfLargest(newcomer: string): Connection | undefined {
    const counts = new Map<string, number>();
    for (const source of this.open.values()) counts.set(source, (counts.get(source) ?? 0) + 1);
    let largest = newcomer;
    for (const [source, count] of counts) if (count > (counts.get(largest) ?? 0)) largest = source;
    if ((counts.get(largest) ?? 0) <= (counts.get(newcomer) ?? 0) + 1) return undefined;
    for (const [socket, source] of this.open) if (source === largest) return socket;
    return undefined;
  }
}
