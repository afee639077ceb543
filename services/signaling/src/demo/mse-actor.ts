// A client of MSE that follows its script strictly: the next frame must be the one that is expected.
import { once } from "node:events";
import { isJsonObject, type JsonObject } from "@jongleur/protocol";
import { WebSocket } from "ws";
import { POD_HEADER } from "../mse/upgrade.ts";
import { findDifference } from "./difference.ts";
import type { Person, Step } from "./ladder.ts";
import { mseLabelOf } from "./mse-label.ts";
import { DemoFailure, PATIENCE } from "./stage.ts";
import { isLoopback } from "./target.ts";

export class MseActor {
  readonly uid: Person;
  readonly pod: string | undefined;
  readonly #socket: WebSocket;
  readonly #steps: Step[];
  readonly #unread: JsonObject[] = [];

  constructor(uid: Person, pod: string | undefined, socket: WebSocket, steps: Step[]) {
    this.uid = uid;
    this.pod = pod;
    this.#socket = socket;
    this.#steps = steps;
    socket.on("message", (data) => this.#onFrame(JSON.parse(String(data))));
  }

  say(text: string): void {
    this.#steps.push({ person: this.uid, way: "sent", author: this.uid, label: mseLabelOf(JSON.parse(text)) });
    this.#socket.send(text);
  }

  /** Waits for the next frame. @param expected what it must hold, at least; rejects with a DemoFailure */
  async hears(expected: JsonObject): Promise<void> {
    const name = mseLabelOf(expected);
    const frame = this.#unread.shift() ?? (await this.#next(name));
    const difference = findDifference(expected, frame);
    if (!difference) return;
    throw new DemoFailure(
      `${this.uid} should have received "${name}" but received "${mseLabelOf(frame)}": ${difference}.`,
    );
  }

  /** Waits until the server has closed the connection. */
  async isClosed(): Promise<void> {
    if (this.#socket.readyState !== WebSocket.CLOSED) await this.#once("close", "the end of its connection");
  }

  close(): void {
    this.#socket.terminate();
  }

  async #next(name: string): Promise<JsonObject> {
    await this.#once("message", name);
    const frame = this.#unread.shift();
    if (!frame) throw new Error("a frame was heard but not noted");
    return frame;
  }

  async #once(event: string, name: string): Promise<void> {
    try {
      await once(this.#socket, event, { signal: AbortSignal.timeout(PATIENCE) });
    } catch {
      throw new DemoFailure(`${this.uid} did not receive "${name}" within ${PATIENCE / 1000} seconds.`);
    }
  }

  #onFrame(frame: unknown): void {
    if (!isJsonObject(frame)) return;
    const other = this.uid === "alice" ? "bob" : "alice";
    const author = frame.method === undefined ? "server" : other;
    this.#unread.push(frame);
    this.#steps.push({ person: this.uid, way: "received", author, label: mseLabelOf(frame) });
  }
}

/** Connects; rejects with a DemoFailure if nothing that speaks MSE is there. */
export async function enterMse(uid: Person, url: string, steps: Step[]): Promise<MseActor> {
  // A certificate for trying things out is signed by nobody: fine here, dangerous elsewhere.
  const options = { rejectUnauthorized: !isLoopback(url), handshakeTimeout: PATIENCE };
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/mse`, options);
  const [upgraded, opened] = [once(socket, "upgrade"), once(socket, "open")];
  try {
    const [[response]] = await Promise.all([upgraded, opened]);
    return new MseActor(uid, response.headers[POD_HEADER.toLowerCase()], socket, steps);
  } catch (error) {
    throw new DemoFailure(`Nothing speaks MSE at ${url}: ${(error as Error).message}. Start Jongleur with: npm start`);
  }
}
