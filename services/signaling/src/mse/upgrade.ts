// Answers to connections that do not become a WebSocket.
import type { RequestListener } from "node:http";
import type { Duplex } from "node:stream";

/** Of the answer to a handshake: which pod it is, as hello tells clients of JSONgle. */
export const POD_HEADER = "Jongleur-Pod";

const STATUS = {
  forbidden: "403 Forbidden",
  notFound: "404 Not Found",
  unavailable: "503 Service Unavailable",
} as const;

/** @param retryAfterMs when it is worth trying again */
export function refuseUpgrade(socket: Duplex, reason: keyof typeof STATUS, retryAfterMs?: number): void {
  const retry = retryAfterMs === undefined ? "" : `Retry-After: ${Math.ceil(retryAfterMs / 1000)}\r\n`;
  // A peer that has gone meanwhile need not be told.
  socket.on("error", () => {});
  // Nobody reads from it any more: a peer that does not close its own half would keep it open for ever.
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${STATUS[reason]}\r\nConnection: close\r\nContent-Length: 0\r\n${retry}\r\n`);
}

/** For requests to a port that is for WebSockets only. */
export const wantsUpgrade: RequestListener = (_request, response) => {
  response.writeHead(426, { Connection: "Upgrade", Upgrade: "websocket" }).end();
};
