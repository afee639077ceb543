// An MSE client that remembers all it was told, over a real WebSocket.
import { randomUUID } from "node:crypto";
import { RequestFactory } from "@jongleur/protocol";
import { type JWTPayload, SignJWT } from "jose";
import { type ClientOptions, WebSocket } from "ws";
import { eventually } from "./eventually.ts";

export const JWT_SECRET = "the-secret-of-the-tests-is-32-bytes-long";

/** Characters of a frame. */
const SHOWN = 200;

export interface MseClient {
  readonly socket: WebSocket;
  /** The frames that came, as JSON. */
  readonly heard: unknown[];
  /** The code with which the connection was closed, undefined while it is open. */
  readonly closeCode: () => number | undefined;
  /** @param frame a text as it is, anything else as JSON */
  readonly send: (frame: unknown) => void;
  /** Sends a frame, and waits for what comes next. */
  readonly ask: (frame: unknown) => Promise<unknown>;
  /** Waits until so many frames have come. @returns them */
  readonly hears: (count: number) => Promise<unknown[]>;
  /** Waits until all that was said to it before is there. @returns all that it heard, but for the answer to this */
  readonly settled: () => Promise<unknown[]>;
  readonly close: () => void;
}

/** @param url of the pod, as http:// @param path where MSE is spoken */
export async function openMse(url: string, path = "/mse", options: ClientOptions = {}): Promise<MseClient> {
  const socket = new WebSocket(url.replace(/^http/, "ws") + path, { perMessageDeflate: false, ...options });
  const heard: unknown[] = [];
  // For errors, which are made again and again while something is waited for: a frame may be a megabyte.
  const beginnings: string[] = [];
  let code: number | undefined;
  socket.on("message", (data) => {
    const text = String(data);
    heard.push(JSON.parse(text));
    beginnings.push(text.slice(0, SHOWN));
  });
  socket.on("close", (closeCode) => {
    code = closeCode;
  });
  const opened = Promise.withResolvers<void>();
  socket.on("open", opened.resolve);
  socket.on("error", opened.reject);
  const send = (frame: unknown) => socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  const hears = async (count: number) => {
    await eventually(() => {
      if (heard.length < count)
        throw new Error(`wants ${count} frames, closed: ${code}, heard ${beginnings.join(" ")}`);
    });
    return heard;
  };
  const ask = async (frame: unknown) => {
    const before = heard.length;
    send(frame);
    return (await hears(before + 1))[before];
  };
  const settled = async () => {
    const id = randomUUID();
    send({ id, method: "ping", jsonrpc: "2.0" });
    const isAnswer = (frame: unknown) => (frame as { id?: unknown }).id === id;
    await eventually(() => {
      if (!heard.some(isAnswer)) throw new Error(`no pong, closed: ${code}`);
    });
    heard.splice(heard.findIndex(isAnswer), 1);
    return heard;
  };
  await opened.promise;
  return { socket, heard, closeCode: () => code, send, ask, hears, settled, close: () => socket.close() };
}

/** A token as the tests' pods accept it. @param claims over those that are needed; undefined takes one away */
export function tokenFor(claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 600;
  const all = { userId: "user", roomId: "room", exp, ...claims };
  return new SignJWT(all as JWTPayload).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(JWT_SECRET));
}

/** Connects, and shows a token of that user and room. */
export async function enterMse(url: string, userId: string, roomId: string, claims: object = {}): Promise<MseClient> {
  const client = await openMse(url);
  const answer = await client.ask(RequestFactory.auth(await tokenFor({ userId, roomId, ...claims })));
  if ((answer as { result?: unknown }).result !== "authenticated") throw new Error(JSON.stringify(answer));
  client.heard.length = 0;
  return client;
}

/** The same, and takes its seat. */
export async function startMse(url: string, userId: string, roomId: string, claims: object = {}): Promise<MseClient> {
  const client = await enterMse(url, userId, roomId, claims);
  const answer = await client.ask(RequestFactory.start());
  if ((answer as { result?: unknown }).result !== "started") throw new Error(JSON.stringify(answer));
  client.heard.length = 0;
  return client;
}
