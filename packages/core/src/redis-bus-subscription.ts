// A pod's subscription to its own channel, kept through whatever happens to the connection.
import type { PubSub } from "./redis-bus-pubsub.ts";
import type { RedisConnection } from "./redis-scripts.ts";

export interface SubscriptionParts {
  /** Makes a connection that is not connected yet. */
  readonly openSub: () => RedisConnection;
  readonly pubSub: PubSub;
  readonly channel: string;
  readonly onMessage: (channel: Buffer, message: Buffer) => void;
  /** It stands again: messages may have been lost in between. */
  readonly onRenewed: () => void;
}

/** Nothing that the adapter sends begins like this. */
const ECHO = Buffer.from("echo");
const PULSE_MS = 1000;
const DEAF_AFTER = 5;

/**
 * It publishes to itself as well, for only that shows a subscription which is gone while its connection is not: on a
 * server that went silent, or that is no longer the one on which others publish. A connection on which it can't be
 * had again is replaced: one to a Cluster can get stuck for good, if it is renewed while it looks for its nodes.
 */
export class RedisBusSubscription {
  readonly #parts: SubscriptionParts;
  readonly #listeners: readonly (readonly [event: string, listener: (...args: Buffer[]) => void])[];
  readonly #first = Promise.withResolvers<void>();
  #sub: RedisConnection | undefined;
  #pulse: NodeJS.Timeout | undefined;
  #stands = false;
  #stood = false;
  /** Echoes that Redis has taken since the last one came back. */
  #unheard = 0;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
    this.#listeners = [
      [parts.pubSub.event, (channel, message) => channel && message && this.#onMessage(channel, message)],
      ["ready", () => void this.#subscribe()],
      // A Cluster has connections of their own for subscriptions, and subscribes anew by itself.
      ["subscribersReady", () => void this.#subscribe()],
      ["close", () => this.#fall()],
    ];
  }

  get stands(): boolean {
    return this.#stands;
  }

  /** @returns when it stands for the first time */
  start(): Promise<void> {
    this.#open();
    this.#pulse = setInterval(() => void this.#beat(), PULSE_MS);
    return this.#first.promise;
  }

  async stop(): Promise<void> {
    const { pubSub, channel } = this.#parts;
    const sub = this.#sub;
    clearInterval(this.#pulse);
    this.#sub = undefined;
    if (sub) await quietly(() => pubSub.unsubscribe(sub, channel));
    this.#abandon(sub);
  }

  #open(): void {
    const sub = this.#parts.openSub();
    this.#sub = sub;
    this.#unheard = 0;
    for (const [event, listener] of this.#listeners) sub.on(event, listener);
    // The first attempt is not the last.
    sub.connect().catch(() => {});
  }

  #abandon(sub: RedisConnection | undefined): void {
    this.#fall();
    for (const [event, listener] of this.#listeners) sub?.off(event, listener);
    sub?.disconnect();
  }

  #fall(): void {
    this.#stands = false;
  }

  async #subscribe(): Promise<void> {
    const { pubSub, channel } = this.#parts;
    const sub = this.#sub;
    if (sub?.status !== "ready") return;
    // A Cluster would note the channel once more with each subscription. Both leave together: there is no gap.
    void quietly(() => pubSub.unsubscribe(sub, channel));
    const subscribed = await quietly(() => pubSub.subscribe(sub, channel));
    if (subscribed && sub === this.#sub) this.#onSubscribed();
  }

  #onSubscribed(): void {
    const renewed = this.#stood;
    this.#stands = true;
    this.#stood = true;
    this.#unheard = 0;
    this.#first.resolve();
    if (renewed) this.#parts.onRenewed();
  }

  async #beat(): Promise<void> {
    const { pubSub, channel } = this.#parts;
    const sub = this.#sub;
    const stood = this.#stands;
    if (!stood) void this.#subscribe();
    const echo = await quietly(() => pubSub.publish(channel, ECHO));
    // What Redis doesn't take says nothing of the subscription.
    if (!echo || sub !== this.#sub) return;
    this.#unheard += 1;
    const gone = stood && this.#stands && !echo.value;
    if (!gone && this.#unheard < DEAF_AFTER) return;
    this.#abandon(sub);
    this.#open();
  }

  #onMessage(channel: Buffer, message: Buffer): void {
    if (message.equals(ECHO)) this.#unheard = 0;
    else this.#parts.onMessage(channel, message);
  }
}

/** @returns undefined if it failed: nobody but the pulse has to care */
async function quietly<T>(call: () => Promise<T>): Promise<{ readonly value: T } | undefined> {
  try {
    return { value: await call() };
  } catch {
    return undefined;
  }
}
