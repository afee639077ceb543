// A request to become a WebSocket, with any headers, and what is answered to it.
import { request } from "node:http";
import type { Duplex } from "node:stream";

const WEBSOCKET = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** The connection is open where the status is 101, and has ended or is about to where it is another. */
export interface Handshake {
  readonly status: number | undefined;
  readonly socket: Duplex;
}

/** @param headers over those that a handshake needs */
export function shakeHands(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Handshake> {
  const { promise, resolve, reject } = Promise.withResolvers<Handshake>();
  const asked = request(url.replace(/^ws/, "http"), { headers: { ...WEBSOCKET, ...headers }, agent: false });
  asked.on("upgrade", ({ statusCode }, socket) => resolve({ status: statusCode, socket }));
  asked.on("response", ({ statusCode, socket }) => resolve({ status: statusCode, socket }));
  asked.on("error", reject);
  asked.end();
  return promise;
}

/** The status alone: the connection is given up. */
export async function statusOfHandshake(url: string, headers?: Readonly<Record<string, string>>) {
  const { status, socket } = await shakeHands(url, headers);
  socket.destroy();
  return status;
}
