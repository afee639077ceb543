// The bus between pods on Redis: what a pod sends to another in one tick is one publication on that pod's channel.
import type { Parcel, ParcelReceiver, PodBus } from "./pod-bus.ts";
import { channelOf, RedisBusAdapter } from "./redis-bus-adapter.ts";
import { RedisBusAsks } from "./redis-bus-asks.ts";
import { type Control, type Item, isControl, readBatch } from "./redis-bus-batch.ts";
import { RedisBusLinks } from "./redis-bus-links.ts";
import { type OutboxParts, RedisBusOutbox } from "./redis-bus-outbox.ts";
import { openPubSub, type PubSubKind } from "./redis-bus-pubsub.ts";
import { RedisBusSubscription } from "./redis-bus-subscription.ts";
import type { BusTally } from "./redis-bus-tally.ts";
import { within } from "./redis-deadline.ts";
import type { RedisConnection } from "./redis-scripts.ts";

export interface RedisPodBusParts {
  /** This pod's id. */
  readonly pod: string;
  /** May serve other commands too, and outlives the bus. */
  readonly pub: RedisConnection;
  /** Makes a connection, not connected yet, that leaves subscribing anew to the bus; and the bus disconnects it. */
  readonly openSub: () => RedisConnection;
  readonly kind: PubSubKind;
  /** Whether the pod may not send just now, as its lease has run out. */
  readonly cutOff: () => boolean;
  readonly newId: () => string;
  readonly tally: BusTally;
  readonly settleTimeoutMs?: number;
}

const MAX_UNDER_WAY = 16;
const SETTLE_TIMEOUT_MS = 1000;
const CLOSE_PATIENCE_MS = 1000;
/** After so long without use a link is forgotten. */
const SWEEP_MS = 60_000;

export class RedisPodBus implements PodBus {
  readonly #parts: RedisPodBusParts;
  readonly #subscription: RedisBusSubscription;
  readonly #outboxParts: OutboxParts;
  readonly #asks: RedisBusAsks;
  readonly #outboxes = new Map<string, RedisBusOutbox>();
  /** Those that something was put into in this tick. */
  readonly #filled = new Set<RedisBusOutbox>();
  readonly #links = new RedisBusLinks();
  #receiver: ParcelReceiver | undefined;
  #sweeping: NodeJS.Timeout | undefined;
  readonly #closing = Promise.withResolvers<void>();
  #closed = false;
  /** A message to many pods is one parcel, put into their outboxes one after the other. */
  #lastParcel: Parcel | undefined;
  #lastText = "";

  constructor(parts: RedisPodBusParts) {
    const { pod, pub, openSub, kind, tally, settleTimeoutMs = SETTLE_TIMEOUT_MS } = parts;
    const pubSub = openPubSub(kind, pub);
    const adapter = new RedisBusAdapter(pod, pubSub);
    this.#parts = parts;
    this.#asks = new RedisBusAsks(settleTimeoutMs);
    this.#subscription = new RedisBusSubscription({
      openSub,
      pubSub,
      channel: channelOf(pod),
      onMessage: (channel, message) => this.#onBatch(adapter.unpack(channel, message)),
      onRenewed: () => this.#onMissed(),
    });
    this.#outboxParts = {
      from: pod,
      isOpen: () => pub.status === "ready" && !parts.cutOff(),
      publish: (to, batch) => adapter.publish(to, batch),
      // A Cluster sends again what a node has not taken: behind what was sent later, if that does not wait.
      maxUnderWay: "nodes" in pub ? 1 : MAX_UNDER_WAY,
      onLost: (to, item) => this.#onLost(to, item),
      tally,
    };
  }

  /** @returns when batches can come and go, or the bus is closed: while Redis is away, it goes on waiting */
  async start(): Promise<void> {
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_MS);
    const begun = Promise.all([this.#subscription.start(), connected(this.#parts.pub)]);
    await Promise.race([begun, this.#closing.promise]);
  }

  isReady(): boolean {
    return !this.#closed && this.#parts.pub.status === "ready" && this.#subscription.stands;
  }

  /** Characters that wait for all pods. */
  waiting(): number {
    return this.#outboxes.values().reduce((sum, { length }) => sum + length, 0);
  }

  receive(receiver: ParcelReceiver): void {
    this.#receiver = receiver;
  }

  reaches(pod: string): boolean {
    return !this.#closed && this.#outboxParts.isOpen() && !this.#outboxes.get(pod)?.isFull;
  }

  send(pod: string, parcel: Parcel): void {
    if (this.reaches(pod)) this.#put(pod, parcel, this.#textOf(parcel));
    else queueMicrotask(() => this.#onLost(pod, parcel));
  }

  async settle(pod: string): Promise<boolean> {
    if (!this.reaches(pod)) return false;
    const asked = performance.now();
    const answered = await this.#asks.open((id) => this.#putControl(pod, ["ask", id]));
    if (answered) this.#parts.tally.roundTrips.add(performance.now() - asked);
    return answered;
  }

  /** Sends what waits, for a limited time, and leaves the channel. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#closing.resolve();
    clearInterval(this.#sweeping);
    const drained = Promise.all(this.#outboxes.values().map((outbox) => outbox.drain()));
    await within(CLOSE_PATIENCE_MS, drained);
    this.#asks.endAll();
    await within(CLOSE_PATIENCE_MS, this.#subscription.stop());
  }

  #putControl(pod: string, control: Control): void {
    this.#put(pod, control, JSON.stringify(control));
  }

  #put(pod: string, item: Item, text: string): void {
    const outbox = this.#outboxTo(pod);
    outbox.put(item, text);
    if (this.#filled.size === 0) setImmediate(() => this.#flush());
    this.#filled.add(outbox);
  }

  #flush(): void {
    const filled = [...this.#filled];
    this.#filled.clear();
    for (const outbox of filled) outbox.flush();
  }

  #outboxTo(pod: string): RedisBusOutbox {
    const known = this.#outboxes.get(pod);
    if (known) return known;
    const outbox = new RedisBusOutbox(pod, this.#parts.newId(), this.#outboxParts);
    this.#outboxes.set(pod, outbox);
    return outbox;
  }

  #textOf(parcel: Parcel): string {
    if (parcel !== this.#lastParcel) {
      this.#lastText = JSON.stringify(parcel);
      this.#lastParcel = parcel;
    }
    return this.#lastText;
  }

  #onBatch(payload: unknown): void {
    const { tally } = this.#parts;
    const batch = readBatch(payload);
    tally.malformed += batch?.malformed ?? 1;
    const order = batch && this.#links.take(batch);
    if (!batch || order === "stale" || this.#closed) return;
    if (order === "gap") this.#onMissed(batch.from);
    tally.batchesReceived += 1;
    for (const item of batch.items) this.#onItem(item, batch.from);
  }

  #onItem(item: Item, from: string): void {
    if (!isControl(item)) {
      this.#parts.tally.parcelsReceived += 1;
      this.#receiver?.onParcel(item, from);
      return;
    }
    const [verb, id] = item;
    if (verb === "answer") this.#asks.end(id, true);
    else this.#putControl(from, ["answer", id]);
  }

  #onLost(pod: string, item: Item): void {
    if (!isControl(item)) {
      this.#parts.tally.undelivered += 1;
      this.#receiver?.onUndelivered(pod, item);
    } else if (item[0] === "ask") {
      this.#asks.end(item[1], false);
    }
  }

  #onMissed(pod?: string): void {
    this.#parts.tally.missed += 1;
    this.#receiver?.onMissed(pod);
  }

  #sweep(): void {
    this.#links.sweep();
    for (const [pod, outbox] of this.#outboxes) if (!outbox.sweep()) this.#outboxes.delete(pod);
  }
}

/** @returns when the connection stands; one that nobody has begun is begun */
async function connected(redis: RedisConnection): Promise<void> {
  if (redis.status === "ready") return;
  const ready = new Promise<void>((resolve) => void redis.once("ready", resolve));
  // The first attempt is not the last.
  if (redis.status === "wait") redis.connect().catch(() => {});
  await ready;
}
