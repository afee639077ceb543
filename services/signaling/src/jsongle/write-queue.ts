// Watches what a connection's peer has not taken yet: one that does not read must not make the pod grow.
import type { Socket as Connection } from "engine.io";
import { WebSocket } from "ws";

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

/** Of a connection over a WebSocket. Engine.IO keeps it to itself. */
function webSocketOf(connection: Connection): Partial<WebSocket> | undefined {
  return (connection.transport as { readonly socket?: Partial<WebSocket> }).socket;
}

/** Whether nothing of it is left: Engine.IO takes one for closed whose peer has yet to answer the closing handshake. */
export function isGone(connection: Connection): boolean {
  const state = webSocketOf(connection)?.readyState;
  return connection.readyState === "closed" && (state === undefined || state === WebSocket.CLOSED);
}

/** Closes without the closing handshake, which a peer that does not read never completes. */
export function cutOff(connection: Connection): void {
  // Engine.IO would wait half a minute for the peer.
  const socket = webSocketOf(connection);
  connection.close(true);
  socket?.terminate?.();
}
