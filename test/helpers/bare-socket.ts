// A client of JSONgle that is no more than a TCP connection: ten thousand of them, or a flood, cost the test little.
import { connect, type Socket } from "node:net";
import { APP_TOKEN } from "./pod.ts";

const UPGRADE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
].join("\r\n");

/** Begins a session of the transport. @param localAddress from where @returns once it was answered */
export function openBare(
  port: number,
  transport: "polling" | "websocket",
  localAddress = "127.0.0.1",
): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, localAddress });
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("closed without an answer")));
  const headers = transport === "websocket" ? `${UPGRADE}\r\n` : "";
  socket.write(`GET /socket.io/?EIO=4&transport=${transport} HTTP/1.1\r\nHost: pod\r\n${headers}\r\n`);
  socket.once("data", () => resolve(socket));
  return promise;
}

/** A text of less than 64 KB as a client's frame, under a mask of zeros. */
function frameOf(text: string): Buffer {
  const payload = Buffer.from(text);
  const long = payload.length > 125;
  const head = Buffer.alloc(long ? 8 : 6);
  head[0] = 0x81;
  head[1] = 0x80 | (long ? 126 : payload.length);
  if (long) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

/** Enters the namespace; hello comes then. */
export const ENTRY = frameOf(`40${JSON.stringify({ appToken: APP_TOKEN })}`);

const eventFrame = (to: string, jsongle: object) =>
  frameOf(`42${JSON.stringify(["jsongle", { id: "f", to, jsongle }])}`);

const FLOOD_AT_ONCE = 500;

/** Joins a room, and sends candidates there as fast as they are taken. Resolves when it was thrown out. */
export async function floodOnce(port: number, uid: string, rid: string): Promise<void> {
  const socket = await openBare(port, "websocket");
  const toServer = (jsongle: object) => eventFrame("jsongle-server", jsongle);
  const candidate = eventFrame(rid, { action: "transport-info", description: { candidate: "c" } });
  const candidates = Buffer.concat(Array.from({ length: FLOOD_AT_ONCE }, () => candidate));
  const pour = () => {
    while (socket.writable && socket.write(candidates));
  };
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on("close", () => resolve());
  socket.removeAllListeners("error").on("error", () => {});
  socket.on("drain", pour);
  socket.on("data", (data) => {
    if (!data.includes('"session-hello"')) return;
    socket.write(toServer({ action: "iq-result", query: "session-hello", description: { uid } }));
    socket.write(toServer({ action: "iq-set", query: "session-join", description: { rid } }));
    pour();
  });
  socket.write(ENTRY);
  await promise;
}
