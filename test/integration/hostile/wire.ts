// A client that speaks Engine.IO by hand, so that it can say anything: over a bare WebSocket or bare polling.
import type { Received } from "@jongleur/client";
import { eventually } from "../../helpers/eventually.ts";
import { APP_TOKEN } from "../../helpers/pod.ts";

/** What a text frame of Engine.IO starts with when it holds a Socket.IO event. */
const EVENT = "42";
const PING = "2";
const PONG = "3";
const PATH = "/socket.io/?EIO=4&transport=";
/** The `id` of a pod that is not configured otherwise. */
export const SERVER_ID = "jsongle-server";
/** Patience with messages of several megabytes, on a busy machine. */
const PATIENCE_MS = 20_000;

export type Frame = string | Uint8Array<ArrayBuffer>;

/** What one input brought: the messages that came back, or the end of the connection. */
export type Outcome = readonly Received[] | "closed";

export class Wire {
  /** All text frames that came, in order. */
  readonly frames: string[] = [];
  readonly heard: Received[] = [];
  closed = false;
  readonly #put: (frames: readonly Frame[]) => void;
  readonly #end: () => void;
  /** Index in `heard` of the answer to each probe, by the probe's name. */
  readonly #probes = new Map<string, number>();
  #asked = 0;

  constructor(put: (frames: readonly Frame[]) => void, end: () => void) {
    this.#put = put;
    this.#end = end;
  }

  send(...frames: Frame[]): void {
    this.#put(frames);
  }

  close(): void {
    this.#end();
  }

  take(frame: string): void {
    if (frame === PING) {
      this.send(PONG);
      return;
    }
    this.frames.push(frame);
    if (!frame.startsWith(EVENT)) return;
    const message: Received = JSON.parse(frame.slice(EVENT.length))[1];
    if (message.to?.startsWith("probe-")) this.#probes.set(message.to, this.heard.length);
    this.heard.push(message);
  }

  /** Waits until a frame that starts like this has come, or the connection has been closed. */
  async comes(start: string): Promise<string | undefined> {
    const find = () => this.frames.find((frame) => frame.startsWith(start));
    await eventually(() => {
      if (!this.closed && find() === undefined) throw new Error(`no ${start} among ${this.frames.join(" ")}`);
    }, PATIENCE_MS);
    return find();
  }

  /** Connects to the namespace, without answering hello. */
  async enter(): Promise<this> {
    this.send(`40${JSON.stringify({ appToken: APP_TOKEN })}`);
    await this.comes(EVENT);
    return this;
  }

  /** Answers hello. */
  async register(uid: string): Promise<this> {
    this.send(event({ to: SERVER_ID, jsongle: { action: "iq-result", query: "session-hello", description: { uid } } }));
    await eventually(() => {
      if (!this.heard.some(({ jsongle }) => jsongle.status === "success")) throw new Error(`${uid} is not accepted`);
    });
    return this;
  }

  /** Sends each input, and behind it a request whose answer is known. @returns what came between, for each */
  async attempt(inputs: readonly (readonly Frame[])[]): Promise<readonly Outcome[]> {
    const names = inputs.map(() => `probe-${this.#asked++}`);
    let from = this.heard.length;
    inputs.forEach((frames, index) => {
      this.send(...frames, probe(names[index] as string));
    });
    const last = names.at(-1) ?? "";
    await eventually(() => {
      if (!this.closed && !this.#probes.has(last)) throw new Error(`${last} is not answered`);
    }, PATIENCE_MS);
    return names.map((name) => {
      const end = this.#probes.get(name);
      if (end === undefined) return "closed";
      const outcome = this.heard.slice(from, end);
      from = end + 1;
      return outcome;
    });
  }
}

/** `to` of the answer echoes `from`, before hello (403002) and after (404001). */
function probe(name: string): string {
  const jsongle = { action: "iq-set", query: "no-such-query", transaction: name, description: {} };
  return event({ from: name, to: SERVER_ID, jsongle });
}

/** The frame of a message as a well-behaved client would send it. */
export function event(message: unknown): string {
  return `${EVENT}${JSON.stringify(["jsongle", message])}`;
}

/** Opens a WebSocket, without entering the namespace. */
export async function openWebSocket(url: string, path = `${PATH}websocket`): Promise<Wire> {
  const socket = new WebSocket(`${url.replace("http", "ws")}${path}`);
  socket.binaryType = "arraybuffer";
  const wire = new Wire(
    (frames) => {
      if (socket.readyState === WebSocket.OPEN) for (const frame of frames) socket.send(frame);
    },
    () => socket.close(),
  );
  socket.addEventListener("message", ({ data }) => wire.take(typeof data === "string" ? data : "(binary)"));
  socket.addEventListener("close", () => {
    wire.closed = true;
  });
  // A close follows, and says enough.
  socket.addEventListener("error", () => {});
  await wire.comes("0{");
  return wire;
}

/** Opens a polling session, without entering the namespace. */
export async function openPolling(url: string): Promise<Wire> {
  const opened = await (await fetch(`${url}${PATH}polling`)).text();
  const address = `${url}${PATH}polling&sid=${JSON.parse(opened.slice(1)).sid}`;
  let posts = Promise.resolve();
  const post = async (body: string) => {
    const response = await fetch(address, { method: "POST", body });
    await response.text();
    if (!response.ok) end();
  };
  const end = () => {
    wire.closed = true;
  };
  const wire = new Wire(
    (frames) => {
      const body = frames.map((frame) => (typeof frame === "string" ? frame : base64(frame))).join("\x1e");
      posts = posts.then(() => post(body)).catch(end);
    },
    () => {
      wire.closed = true;
      wire.send("1");
    },
  );
  wire.take(opened);
  void poll(address, wire).then(end, end);
  return wire;
}

async function poll(address: string, wire: Wire): Promise<void> {
  while (!wire.closed) {
    const response = await fetch(address);
    const text = await response.text();
    if (!response.ok) return;
    for (const frame of text.split("\x1e")) {
      if (frame === "1") return;
      wire.take(frame);
    }
  }
}

function base64(bytes: Uint8Array): string {
  return `b${Buffer.from(bytes).toString("base64")}`;
}
