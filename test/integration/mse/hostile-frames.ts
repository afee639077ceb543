// Frames and handshakes that break WebSocket's own rules (RFC 6455), as bytes.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";

const TEXT = 1;
const CONTINUATION = 0;
const FINAL = 0x80;
const MASKED = 0x80;
const NO_MASK = Buffer.alloc(4);

/** @param first the byte of flags and opcode */
function frame(first: number, payload: Buffer | string = "", { masked = true, length = -1 } = {}): Buffer {
  const body = Buffer.from(payload);
  const claimed = length < 0 ? body.length : length;
  const head = claimed < 126 ? Buffer.from([first, claimed]) : Buffer.alloc(claimed < 65_536 ? 4 : 10);
  if (head.length === 4) head.writeUInt16BE(claimed, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(claimed), 2);
  if (claimed >= 126) [head[0], head[1]] = [first, head.length === 4 ? 126 : 127];
  if (masked) head[1]! |= MASKED;
  return Buffer.concat([head, masked ? NO_MASK : Buffer.alloc(0), body]);
}

const fragments = (count: number) =>
  Buffer.concat([frame(TEXT, "["), ...Array.from({ length: count }, () => frame(CONTINUATION, " "))]);

/** By name, with the code that ends the connection. */
export const BROKEN_FRAMES: readonly (readonly [name: string, bytes: Buffer, code: number])[] = [
  ["unmasked", frame(FINAL | TEXT, "{}", { masked: false }), 1002],
  ...[0x40, 0x20, 0x10].map((bit) => [`reserved bit ${bit}`, frame(FINAL | bit | TEXT, "{}"), 1002] as const),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [`opcode ${opcode}`, frame(FINAL | opcode), 1002] as const),
  ["a continuation of nothing", frame(FINAL | CONTINUATION, "{}"), 1002],
  ["a text within a text", Buffer.concat([frame(TEXT, "["), frame(FINAL | TEXT, "]")]), 1002],
  ["a ping in pieces", frame(9, "x"), 1002],
  ["a ping that is too long", frame(FINAL | 9, "x".repeat(126)), 1002],
  ["a close that is too short", frame(FINAL | 8, "x"), 1002],
  ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000].map(
    (code) => [`a close with ${code}`, frame(FINAL | 8, Buffer.from([code >> 8, code & 255])), 1002] as const,
  ),
  ["a close whose reason is no UTF-8", frame(FINAL | 8, Buffer.from([3, 232, 0xff])), 1007],
  ...[[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]].map(
    (bytes) => [`text that is no UTF-8: ${bytes}`, frame(FINAL | TEXT, Buffer.from(bytes)), 1007] as const,
  ),
  ["a text beyond 1 MB", frame(FINAL | TEXT, "", { length: 1_000_001 }), 1009],
  ["a text of 2^63 bytes", Buffer.from([FINAL | TEXT, 255, ...Array(8).fill(255), 0, 0, 0, 0]), 1009],
  [
    "pieces beyond 1 MB",
    Buffer.concat([frame(TEXT, "x".repeat(600_000)), frame(CONTINUATION, "x".repeat(600_000))]),
    1009,
  ],
  ["a flood of pieces of one byte", fragments(10_000), 1008],
  [
    "a flood of empty pieces",
    Buffer.concat([frame(TEXT), ...Array.from({ length: 5000 }, () => frame(CONTINUATION))]),
    1008,
  ],
];

const HEAD = ["Host: pod", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
const KEY = `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`;
const request = (line: string, ...headers: string[]) => `${[line, ...headers].join("\r\n")}\r\n\r\n`;

/** By name, with the status that is answered, 0 where the connection is only closed. */
export const BROKEN_HANDSHAKES: readonly (readonly [name: string, text: string, status: number])[] = [
  ["no key", request("GET /mse HTTP/1.1", ...HEAD), 400],
  ["a short key", request("GET /mse HTTP/1.1", ...HEAD, "Sec-WebSocket-Key: x"), 400],
  ["an old version", request("GET /mse HTTP/1.1", ...HEAD.slice(0, 3), KEY, "Sec-WebSocket-Version: 7"), 400],
  ["no version", request("GET /mse HTTP/1.1", ...HEAD.slice(0, 3), KEY), 400],
  ["another upgrade", request("GET /mse HTTP/1.1", ...HEAD.slice(0, 2), "Upgrade: h2c", KEY), 400],
  ["POST", request("POST /mse HTTP/1.1", ...HEAD, KEY), 405],
  ["a bad sub-protocol", request("GET /mse HTTP/1.1", ...HEAD, KEY, "Sec-WebSocket-Protocol: ,,"), 400],
  ["headers beyond measure", request("GET /mse HTTP/1.1", ...HEAD, KEY, `X-Long: ${"x".repeat(20_000)}`), 431],
  ["no upgrade", request("GET /mse HTTP/1.1", "Host: pod", "Connection: close"), 404],
  ...["/MSE", "/mse/", "/mse/x", "//mse", "/%6dse", "http://pod/mse", "/"].map(
    (path) => [`the path ${path}`, request(`GET ${path} HTTP/1.1`, ...HEAD, KEY), 404] as const,
  ),
];

/** Opens a connection by hand, sends bytes, and reads until it ends. @returns what came */
async function exchange(url: string, bytes: Buffer | string, opened: boolean): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  if (opened) {
    socket.write(request("GET /mse HTTP/1.1", ...HEAD, KEY));
    await once(socket, "data");
    chunks.length = 0;
  }
  socket.write(bytes);
  await once(socket, "close");
  return Buffer.concat(chunks);
}

/** @returns the code with which a connection was closed, undefined if it was only cut */
export async function codeFor(url: string, bytes: Buffer): Promise<number | undefined> {
  const answer = await exchange(url, bytes, true);
  return answer[0] === (FINAL | 8) ? answer.readUInt16BE(2) : undefined;
}

/** @returns the status of the answer to a handshake, 0 if there was none */
export async function statusFor(url: string, text: string): Promise<number> {
  const answer = (await exchange(url, text, false)).toString();
  return Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1] ?? 0);
}
