// What is counted of the pod among other pods, and of Redis.
import { BOUNDS, type BusTally, Durations } from "@jongleur/core";
import { RedisTally, type RedisUse } from "./redis-timing.ts";

/** What is counted of the pod among other pods: plain numbers, read when metrics are scraped. */
export interface StateTally {
  readonly bus: BusTally;
  /** Characters that wait to be sent to other pods. */
  readonly waiting: () => number;
  /** Seats of dead pods that this one has given back. */
  reapedSeats: number;
  /** From the end of a dead pod's lease until this one had given back all that it held. */
  readonly reapedAfter: Durations;
  readonly redis: Readonly<Record<RedisUse, RedisTally>>;
}

export function newStateTally(bus: BusTally, waiting: () => number): StateTally {
  const redis = { commands: new RedisTally(), lease: new RedisTally(), publications: new RedisTally() };
  return { bus, waiting, reapedSeats: 0, reapedAfter: new Durations(BOUNDS.lease), redis };
}
