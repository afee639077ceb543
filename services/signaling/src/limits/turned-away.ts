// How a connection is refused that has not become one: with 429, and when it is worth coming back.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { describeError } from "@jongleur/protocol";
import type { Turned } from "./address-gate.ts";

const secondsOf = (ms: number) => Math.ceil(ms / 1000);

/** Answers a request, or an upgrade that came instead of one. @param request of Engine.IO, with its response if there is one */
export function turnAway(request: IncomingMessage, { details, retryAfterMs }: Turned): void {
  const { res } = request as { readonly res?: ServerResponse };
  const body = JSON.stringify(describeError({ error: "tooManyRequests", details, retryAfterMs }));
  const headers = { "Content-Type": "application/json", "Retry-After": String(secondsOf(retryAfterMs)) };
  // Who opens too many must not keep this one either.
  if (res) res.writeHead(429, { ...headers, Connection: "close" }).end(body);
  else refuseRaw(request.socket, headers, body);
}

function refuseRaw(socket: Duplex, headers: Readonly<Record<string, string>>, body: string): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // A peer that has gone meanwhile need not be told.
  socket.on("error", () => {});
  socket.end(
    `HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${lines.join("")}\r\n${body}`,
  );
}
