// Socket.IO's own Redis adapter, with one member in it: this pod, in a room named by its id.
import { createAdapter, createShardedAdapter } from "@socket.io/redis-adapter";
import { type Namespace, Server, type Socket } from "socket.io";
import type { PubSub } from "./redis-bus-pubsub.ts";

interface Packet {
  readonly type: number;
  readonly data: unknown;
}

type Listener = (...args: readonly (Buffer | string | null)[]) => void;

const NAMESPACE = "/pods";
const PREFIX = "jgl";
/** The type of an event's packet in the Socket.IO protocol. */
const EVENT = 2;

/** The adapter's packets go from pod to pod as they are: they are not for the wire of a client. */
const unencoded = {
  Encoder: class {
    encode(packet: Packet): [Packet] {
      return [packet];
    }
  },
};

/** The channel on which the adapter publishes what is for a room. */
export function channelOf(pod: string): string {
  return `${PREFIX}#${NAMESPACE}#${pod}#`;
}

/**
 * The adapter neither waits for its subscriptions nor tells what became of what it published. So it gets taps in
 * place of connections: they hand out the answer to a publication, and leave subscribing to who waits for it.
 */
export class RedisBusAdapter {
  readonly #pubSub: PubSub;
  readonly #adapter: ReturnType<typeof openAdapter>;
  #published = Promise.resolve(false);
  #listener: Listener = () => {};
  #unpacked: unknown;

  constructor(pod: string, pubSub: PubSub) {
    this.#pubSub = pubSub;
    // It never listens: no client can reach it.
    const namespace = new Server({ parser: unencoded, serveClient: false }).of(NAMESPACE);
    namespace.sockets.set(pod, this.#member(pod));
    this.#adapter = openAdapter(namespace, pubSub, this.#pubTap(), this.#subTap());
    void this.#adapter.addAll(pod, new Set([pod]));
  }

  /** @returns false if the pod does not listen, as far as Redis knows */
  publish(pod: string, data: Buffer): Promise<boolean> {
    // It publishes before it returns; what it does afterwards is for members of its own.
    void this.#adapter.broadcast({ type: EVENT, data }, { rooms: new Set([pod]), except: new Set(), flags: {} });
    return this.#published;
  }

  /** @returns the data that a pod published, or undefined if the message is of another form */
  unpack(channel: Buffer, message: Buffer): unknown {
    this.#unpacked = undefined;
    try {
      this.#listener(channel, message);
    } catch {
      // The adapter trusts what it reads.
    }
    return this.#unpacked;
  }

  /** As much of a socket as the adapter touches, also when it is asked about its sockets. */
  #member(id: string): Socket {
    const writeToEngine = ([packet]: readonly Packet[]) => {
      this.#unpacked = packet?.data;
    };
    return { id, handshake: {}, rooms: new Set(), data: {}, client: { writeToEngine } } as unknown as Socket;
  }

  #pubTap() {
    const publish = (channel: string, message: Buffer | string) => {
      this.#published = this.#pubSub.publish(channel, message);
      return this.#published;
    };
    return { publish, spublish: publish, on: () => {} };
  }

  #subTap() {
    const on = (event: string, listener: Listener) => {
      if (event === "smessageBuffer") this.#listener = listener;
      // Here the adapter would listen to all pods' channels by a pattern, and sort out what is not for it.
      if (event === "pmessageBuffer") this.#listener = (channel, message) => listener(null, channel, message);
    };
    const left = () => {};
    return { on, ssubscribe: left, subscribe: left, psubscribe: left };
  }
}

/** The types of messages between the sharded adapters of Socket.IO: that of what is told to the members of a room. */
const BROADCAST = 3;

/** It would also tell of its members, move and disconnect them, at anybody's request: only what pods say is let through. */
function onlyBroadcasts<Adapter extends object>(adapter: Adapter): Adapter {
  const stock = adapter as { onMessage?(message: unknown): void };
  const onMessage = stock.onMessage?.bind(adapter);
  stock.onMessage = (message) => {
    if (isBroadcast(message)) onMessage?.(message);
  };
  return adapter;
}

function isBroadcast(message: unknown): boolean {
  if (typeof message !== "object" || message === null) return false;
  const { type, data } = message as { readonly type?: unknown; readonly data?: { readonly requestId?: unknown } };
  return type === BROADCAST && data?.requestId === undefined;
}

function openAdapter(namespace: Namespace, { kind }: PubSub, pub: object, sub: object) {
  if (kind === "classic") return createAdapter(pub, sub, { key: PREFIX })(namespace);
  const open = createShardedAdapter(pub, sub, { channelPrefix: PREFIX, subscriptionMode: "dynamic-private" });
  return onlyBroadcasts(open(namespace));
}
