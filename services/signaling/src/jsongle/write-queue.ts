// Watches what a connection's peer has not taken yet: one that does not read must not make the pod grow.
import type { Socket as Connection } from "engine.io";

/**
 * @param limit how much may wait for the peer, whichever the transport: characters, about as many as bytes
 * @param onOverflow called once, when more is waiting
 */
export function watchWriteQueue(connection: Connection, limit: number, onOverflow: () => void): void {
  let waiting = 0;
  connection.on("packetCreate", ({ data }: { data?: unknown }) => {
    if (typeof data !== "string") return;
    const before = waiting;
    waiting += data.length;
    if (before <= limit && waiting > limit) onOverflow();
  });
  connection.on("flush", () => {
    waiting = 0;
  });
}

/** Closes without the closing handshake, which a peer that does not read never completes. */
export function cutOff(connection: Connection): void {
  // Engine.IO keeps the WebSocket to itself, and would wait half a minute for the peer.
  const { socket } = connection.transport as { socket?: { terminate?: () => void } };
  connection.close(true);
  socket?.terminate?.();
}
