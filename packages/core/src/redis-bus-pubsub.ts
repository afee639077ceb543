// The two kinds of pub/sub that Redis has, behind the same verbs.
import type { RedisConnection } from "./redis-scripts.ts";

/** Sharded: a channel is one shard's business, and who publishes learns whether anybody listens. From Redis 7 on. */
export type PubSubKind = "sharded" | "classic";

export interface PubSub {
  readonly kind: PubSubKind;
  /** @returns false if nobody listens, as far as Redis knows */
  readonly publish: (channel: string, message: Buffer | string) => Promise<boolean>;
  readonly subscribe: (sub: RedisConnection, channel: string) => Promise<unknown>;
  readonly unsubscribe: (sub: RedisConnection, channel: string) => Promise<unknown>;
  /** What the subscribing connection emits, with the channel and the message. */
  readonly event: "smessageBuffer" | "messageBuffer";
}

export function openPubSub(kind: PubSubKind, pub: RedisConnection): PubSub {
  if (kind === "sharded") {
    return {
      kind,
      publish: async (channel, message) => (await pub.spublish(channel, message)) !== 0,
      subscribe: (sub, channel) => sub.ssubscribe(channel),
      unsubscribe: (sub, channel) => sub.sunsubscribe(channel),
      event: "smessageBuffer",
    };
  }
  return {
    kind,
    // A Cluster counts only those who listen at the same node.
    publish: async (channel, message) => (await pub.publish(channel, message)) !== 0 || "nodes" in pub,
    subscribe: (sub, channel) => sub.subscribe(channel),
    unsubscribe: (sub, channel) => sub.unsubscribe(channel),
    event: "messageBuffer",
  };
}
