// The pod's state in Redis: stores, bus, lease and reaper put together, and what follows when Redis goes and comes.
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import {
  BusTally,
  type Reaped,
  RedisLease,
  RedisPodBus,
  RedisPodCards,
  RedisPresenceStore,
  RedisReaper,
  RedisRoomStore,
  RedisTotals,
  type Signaling,
} from "@jongleur/core";
import { createRedis, type Logger, parseRedisUrl, type RedisAddress } from "@jongleur/runtime";
import type { CountFailure } from "./limits/auth-failures.ts";
import { countFailuresInRedis } from "./limits/redis-failures.ts";
import type { PodsInRedis } from "./listing.ts";
import { type RedisUse, timeCommands } from "./redis-timing.ts";
import type { SignalingConfig } from "./settings.ts";
import type { State } from "./state.ts";
import { newStateTally, type StateTally } from "./state-tally.ts";

/** Longer than the clocks of Redis servers differ. */
const LEASE_MARGIN_MS = 1000;

/** All pods are back by then: two commands and a connection to a silent server are given up in a row. */
const RECOVERY_MS = 10_000;

/** How long a starting pod waits for Redis before it goes on without being ready. */
const START_PATIENCE_MS = 3000;

/** Until seating the living sessions again is tried once more, after Redis went away in the midst of it. */
const RENEWAL_PAUSE_MS = 500;

/** After so long a renewal is given up, and tried again. */
const LONGEST_RENEWAL_MS = 3000;

/** How often rosters are looked after. */
const TEND_MS = 1000;

const now = () => performance.now();

type Connection = ReturnType<typeof createRedis>;
type Connections = Readonly<Record<"commands" | "lease" | "publications", Connection>>;

export function openRedisState(config: SignalingConfig, pod: string, logger: Logger): State {
  return new RedisState(config, pod, logger);
}

class RedisState implements State {
  readonly rooms: RedisRoomStore;
  readonly presence: RedisPresenceStore;
  readonly bus: RedisPodBus;
  readonly tally: StateTally;
  readonly podsInRedis: PodsInRedis;
  readonly countFailure: CountFailure;
  readonly redis: Connection;
  readonly #connections: Connections;
  readonly #lease: RedisLease;
  readonly #reaper: RedisReaper;
  readonly #logger: Logger;
  #signaling: Signaling | undefined;
  #renewing = false;
  #closed = false;

  constructor(config: SignalingConfig, pod: string, logger: Logger) {
    const address = parseRedisUrl(config.redisUrl);
    if (!address) throw new Error("the settings let a redisUrl pass that can't be read");
    this.#logger = logger;
    const busTally = new BusTally();
    this.tally = newStateTally(busTally, () => this.bus.waiting());
    const { commands, lease, publications } = connect(address, config.leaseRenewalSeconds * 1000, logger, this.tally);
    this.#connections = { commands, lease, publications };
    this.redis = commands;
    const renewalMs = config.leaseRenewalSeconds * 1000;
    const onFault = (err: unknown) => logger.error({ err }, "Redis refused what it should not have");
    this.#lease = new RedisLease({
      redis: lease,
      pod,
      lengthMs: config.leaseSeconds * 1000,
      renewalMs,
      marginMs: LEASE_MARGIN_MS,
      patienceMs: Math.max(config.leaseSeconds * 1000, RECOVERY_MS),
      now,
      onEpoch: (epoch) => void this.#renewAll(epoch),
      onOverdue: () => this.#reaper.reap(),
      onFault,
    });
    this.#reaper = new RedisReaper({
      redis: commands,
      claims: this.#lease.claims,
      renewalMs,
      now,
      release: async (holder, holding) => (await this.#signaling?.release(holder, holding)) ?? false,
      onReaped: (reaped) => this.#onReaped(reaped),
      onFault,
    });
    this.rooms = new RedisRoomStore(commands, this.#lease, onFault);
    this.presence = new RedisPresenceStore(commands, this.#lease, onFault);
    const window = { most: config.maxAuthFailures, windowSeconds: config.authFailureSeconds };
    this.countFailure = countFailuresInRedis(commands, window);
    this.bus = new RedisPodBus({
      pod,
      pub: publications,
      openSub: () => watched(createRedis(address, "subscriptions"), "subscriptions", logger),
      kind: config.redisPubSub,
      cutOff: () => !this.#lease.held(),
      newId: randomUUID,
      tally: busTally,
    });
    this.podsInRedis = {
      cards: new RedisPodCards(commands),
      totals: new RedisTotals(commands),
      leaseMs: config.leaseSeconds * 1000,
      renewalMs,
    };
  }

  readonly epoch = (): number => this.#lease.epoch;

  readonly notReady = (): string | undefined => {
    if (this.#lease.held() && this.bus.isReady() && this.#connections.commands.status === "ready") return undefined;
    return "Redis can't be reached, or does not answer";
  };

  readonly start = async (signaling: Signaling): Promise<() => Promise<void>> => {
    this.#signaling = signaling;
    // Who comes back may have lost what it was told last, or all.
    for (const event of ["close", "-node"]) this.#connections.commands.on(event, () => this.#lease.doubt());
    const tending = setInterval(() => signaling.tend(), TEND_MS);
    const started = Promise.all([this.#connections.commands, this.#connections.lease].map(begin)).then(() =>
      Promise.all([this.#lease.start(), this.bus.start()]),
    );
    await Promise.race([started, wait(START_PATIENCE_MS, undefined, { ref: false })]);
    if (this.notReady()) this.#logger.warn("Redis does not answer: the pod is not ready, and goes on trying");
    return () => this.#close(tending);
  };

  async #close(tending: NodeJS.Timeout): Promise<void> {
    this.#closed = true;
    clearInterval(tending);
    await this.#reaper.close();
    await this.bus.close();
    await this.#lease.close();
    for (const connection of Object.values(this.#connections)) connection.disconnect();
  }

  /** Makes all that living sessions hold the new epoch's. */
  async #renewAll(epoch: number): Promise<void> {
    this.#logger.warn({ epoch }, "a new epoch has begun: seating all sessions again");
    if (this.#renewing) return;
    this.#renewing = true;
    while (!this.#closed && !(await this.#renewOnce())) await wait(RENEWAL_PAUSE_MS, undefined, { ref: false });
  }

  async #renewOnce(): Promise<boolean> {
    const { epoch } = this.#lease;
    if (!(await this.#signaling?.renew()) || epoch !== this.#lease.epoch) return false;
    this.#renewing = false;
    this.#lease.settled(epoch);
    this.#logger.warn({ epoch }, "all sessions are seated again, or told");
    return true;
  }

  #onReaped({ owner, ...reaped }: Reaped): void {
    this.tally.reapedSeats += reaped.seats;
    this.tally.reapedAfter.add(reaped.ms);
    this.#logger.warn({ ...owner, ...reaped }, "what a dead pod held has been given back");
  }
}

function connect(address: RedisAddress, renewalMs: number, logger: Logger, { redis }: StateTally): Connections {
  const open = (use: RedisUse, patienceMs?: number) =>
    watched(timeCommands(createRedis(address, "commands", patienceMs), redis[use]), use, logger);
  return {
    commands: open("commands"),
    // Of its own: renewals must not wait behind anything, and one that hangs has to be tried again within the lease.
    lease: open("lease", Math.min(renewalMs, LONGEST_RENEWAL_MS)),
    publications: open("publications"),
  };
}

/** @returns after the first attempt; the others are made by themselves */
async function begin(connection: Connection): Promise<void> {
  await connection.connect().catch(() => {});
}

/** Tells when Redis goes and when it is back, once each. */
function watched(connection: Connection, use: string, logger: Logger): Connection {
  let away = false;
  connection.on("error", (error: Error) => {
    if (!away) logger.warn({ use, reason: error.message }, "Redis is away");
    away = true;
  });
  connection.on("ready", () => {
    if (away) logger.warn({ use }, "Redis is back");
    away = false;
  });
  return connection;
}
