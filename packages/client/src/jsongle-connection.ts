// One connection to a JSONgle server: hello answered, requests matched with their answers. Does not reconnect.
import type { ErrorDescription, IceServers, Identity, JsonObject } from "@jongleur/protocol";
import { isJsonObject, JSONGLE_EVENT, podOf } from "@jongleur/protocol";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";

/** A message as it came, not narrowed further. */
export interface Received {
  readonly id?: string;
  readonly from: string;
  readonly to: string;
  readonly jsongle: JsonObject;
}

export interface ConnectSettings {
  /** As `http://localhost:8080`. */
  readonly url: string;
  readonly appToken: string;
  /** The token (JWT) that says who this is, where the server wants one. */
  readonly token?: string | undefined;
  readonly identity: Identity;
  /** Gives up, and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Passed on to socket.io-client. */
  readonly options?: Partial<ManagerOptions & SocketOptions>;
}

/** The server refused a connection or a request. */
export class JsongleError extends Error {
  override readonly name = "JsongleError";
  /** An `errorCode` of PROTOCOL.md, undefined if the server gave none. */
  readonly code: number | undefined;

  constructor(message: string, code: number | undefined) {
    super(message);
    this.code = code;
  }
}

type Listener = (message: Received) => void;

/** Resolves once the server has accepted the identity; rejects with a JsongleError if it refuses. */
export async function connectJsongle({
  url,
  appToken,
  token,
  identity,
  signal,
  options,
}: ConnectSettings): Promise<JsongleConnection> {
  const beside = typeof options?.auth === "object" ? options.auth : {};
  const auth = { ...beside, appToken, ...(token !== undefined && { token }) };
  const socket = io(url, { forceNew: true, reconnection: false, ...options, auth });
  const connection = new JsongleConnection(socket);
  try {
    await connection.hello(identity, signal);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

export class JsongleConnection {
  readonly #socket: Socket;
  readonly #listeners = new Set<Listener>();
  #id = "";
  #serverId = "";
  #pod: string | undefined;
  #ended = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on(JSONGLE_EVENT, (message: Received) => {
      for (const listener of [...this.#listeners]) listener(message);
    });
    socket.on("disconnect", () => {
      this.#ended = true;
    });
  }

  /** The id of this session, which is `to` of all that it receives. */
  get id(): string {
    return this.#id;
  }

  /** `to` of what is for the server. */
  get serverId(): string {
    return this.#serverId;
  }

  /** The name of the pod that serves this session; undefined if the server names none. */
  get pod(): string | undefined {
    return this.#pod;
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  /** Waits for the server's hello and answers it. Rejects with a JsongleError if the server refuses. */
  async hello(identity: Identity, signal?: AbortSignal): Promise<void> {
    const greeting = await this.waitFor(({ jsongle }) => jsongle.query === "session-hello", signal);
    this.#id = greeting.to;
    this.#serverId = greeting.from;
    const { transaction, description } = greeting.jsongle;
    if (isJsonObject(description)) this.#pod = podOf(description.info);
    const acked = this.waitFor(
      ({ jsongle }) => jsongle.action === "ack" && jsongle.transaction === transaction,
      signal,
    );
    this.send(this.#serverId, { action: "iq-result", query: "session-hello", transaction, description: identity });
    const { jsongle } = await acked;
    if (jsongle.status !== "success") throw new JsongleError("The server does not accept the identity", undefined);
  }

  /** Asks the server. @returns the description of its answer; rejects with a JsongleError if it is an iq-error */
  request(query: string, description: JsonObject, signal?: AbortSignal): Promise<JsonObject> {
    return this.#ask({ action: "iq-set", query, description }, signal);
  }

  /**
   * The STUN and TURN servers for a call, as an RTCConfiguration takes them.
   * @param rid of a room that one is in; any, if absent
   */
  async iceServers(rid?: string, signal?: AbortSignal): Promise<IceServers> {
    const answer = await this.#ask({ action: "iq-get", query: "ice-servers", description: { rid } }, signal);
    return answer as unknown as IceServers;
  }

  async #ask(
    { query, ...rest }: JsonObject & { readonly query: string },
    signal: AbortSignal | undefined,
  ): Promise<JsonObject> {
    const transaction = crypto.randomUUID();
    const answered = this.waitFor(({ jsongle }) => jsongle.transaction === transaction, signal);
    this.send(this.#serverId, { ...rest, query, transaction });
    const { jsongle } = await answered;
    const answer = isJsonObject(jsongle.description) ? jsongle.description : {};
    if (jsongle.action === "iq-result") return answer;
    const { errorCode, errorDetails } = answer as unknown as ErrorDescription;
    throw new JsongleError(`${query}: ${errorDetails}`, errorCode);
  }

  /** Sends to a room, or to the server. @returns the id of the message */
  send(to: string, jsongle: JsonObject, beside: JsonObject = {}): string {
    const id = crypto.randomUUID();
    this.#socket.emit(JSONGLE_EVENT, { id, from: this.#id, to, ...beside, jsongle });
    return id;
  }

  /** Hears everything that comes. @returns what ends that */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The next message that fits. Rejects when the connection ends, or with the signal's reason. */
  waitFor(fits: (message: Received) => boolean, signal?: AbortSignal): Promise<Received> {
    const { promise, resolve, reject } = Promise.withResolvers<Received>();
    const onRefused = (error: Error & { data?: ErrorDescription }) =>
      reject(new JsongleError(error.message, error.data?.errorCode));
    const onEnd = (reason: string) => reject(new JsongleError(`The connection ended: ${reason}`, undefined));
    const onAbort = () => reject(signal?.reason);
    const stop = this.listen((message) => {
      if (fits(message)) resolve(message);
    });
    this.#socket.on("connect_error", onRefused).on("disconnect", onEnd);
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    if (this.#ended) onEnd("it is closed");
    const cleanUp = () => {
      stop();
      this.#socket.off("connect_error", onRefused).off("disconnect", onEnd);
      signal?.removeEventListener("abort", onAbort);
    };
    promise.then(cleanUp, cleanUp);
    return promise;
  }

  /** Ends the session. What was sent before still reaches the server. */
  close(): void {
    this.#socket.disconnect();
  }
}
