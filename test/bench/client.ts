// A client that speaks Engine.IO and Socket.IO by hand: it has to cost less than the service that it loads.
import { randomUUID } from "node:crypto";
import type { JsonObject } from "@jongleur/protocol";
import { WebSocket } from "ws";

const PING = "2";
const PONG = "3";
const OPENED = "0";
const CONNECT = "40";
const REFUSED = "44";
const EVENT = "42";
const ENDPOINT = "/socket.io/?EIO=4&transport=websocket";
const PATIENCE_MS = 20_000;
/** What requests are sent to: the `id` of a pod that is not configured otherwise. */
const SERVER = "jsongle-server";

interface Message {
  readonly from: string;
  readonly to: string;
  readonly jsongle: JsonObject;
}

type Listener = (frame: string) => void;

export class Client {
  /** Of its session. */
  id = "";
  readonly #socket: WebSocket;
  readonly #uid: string;
  readonly #ready = Promise.withResolvers<void>();
  /** Requests that wait for their answers, by their transactions. */
  readonly #asked = new Map<string, (jsongle: JsonObject) => void>();
  #listener: Listener = () => {};

  private constructor(url: string, appToken: string, uid: string, localAddress: string) {
    this.#uid = uid;
    this.#socket = new WebSocket(`${url.replace(/^http/, "ws")}${ENDPOINT}`, {
      perMessageDeflate: false,
      localAddress,
    });
    this.#socket.onmessage = ({ data }) => this.#take(String(data), appToken);
    this.#socket.onclose = () => this.#ready.reject(new Error(`${url} has closed the connection`));
  }

  /** @param address that it connects from @returns it once its hello has been accepted */
  static async open(url: string, appToken: string, uid: string, address = "127.0.0.1"): Promise<Client> {
    const client = new Client(url, appToken, uid, address);
    await inTime(client.#ready.promise, `the hello of ${uid}`);
    return client;
  }

  /** @param listener gets each event's frame as it comes, but for answers to requests */
  listen(listener: Listener): void {
    this.#listener = listener;
  }

  send(frame: string): void {
    this.#socket.send(frame);
  }

  /** @returns the `jsongle` of the answer. @throws if it is an error */
  async request(query: string, description: JsonObject): Promise<JsonObject> {
    const transaction = randomUUID();
    const { promise, resolve } = Promise.withResolvers<JsonObject>();
    this.#asked.set(transaction, resolve);
    this.send(frameOf({ from: this.id, to: SERVER, jsongle: { action: "iq-set", query, transaction, description } }));
    const answer = await inTime(promise, `the answer to ${query}`);
    if (answer.action !== "iq-result") throw new Error(`${query} is answered by ${JSON.stringify(answer)}`);
    return answer;
  }

  close(): void {
    this.#socket.close();
  }

  #take(frame: string, appToken: string): void {
    if (frame.startsWith(EVENT)) this.#takeEvent(frame);
    else if (frame === PING) this.send(PONG);
    else if (frame.startsWith(OPENED)) this.send(`${CONNECT}${JSON.stringify({ appToken })}`);
    else if (frame.startsWith(REFUSED)) this.#ready.reject(new Error(`refused: ${frame}`));
  }

  #takeEvent(frame: string): void {
    if (this.id === "") this.#answerHello(messageOf(frame));
    else if (this.#asked.size > 0 && frame.includes('"action":"iq-')) this.#takeAnswer(messageOf(frame));
    else if (frame.includes('"action":"ack","status":"success"')) this.#ready.resolve();
    else this.#listener(frame);
  }

  #answerHello({ from, to, jsongle }: Message): void {
    this.id = to;
    const { query, transaction = null } = jsongle;
    const description = { uid: this.#uid, dn: `Name of ${this.#uid}` };
    this.send(
      frameOf({ from: to, to: from, jsongle: { action: "iq-result", query: query ?? "", transaction, description } }),
    );
  }

  #takeAnswer({ jsongle }: Message): void {
    const transaction = String(jsongle.transaction);
    this.#asked.get(transaction)?.(jsongle);
    this.#asked.delete(transaction);
  }
}

export function frameOf(message: Message): string {
  return `${EVENT}${JSON.stringify(["jsongle", { id: randomUUID(), ...message }])}`;
}

export function messageOf(frame: string): Message {
  return JSON.parse(frame.slice(EVENT.length))[1];
}

async function inTime<T>(awaited: Promise<T>, what: string): Promise<T> {
  let deadline: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    deadline = setTimeout(() => reject(new Error(`${what} does not come`)), PATIENCE_MS);
  });
  return Promise.race([awaited, late]).finally(() => clearTimeout(deadline));
}
