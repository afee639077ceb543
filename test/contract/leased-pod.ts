// What a pod has of Redis: a lease, stores that write under it, and a reaper; to be killed at will.
import {
  type Holder,
  type Holding,
  type Reaped,
  RedisLease,
  RedisPresenceStore,
  RedisReaper,
  RedisRoomStore,
} from "@jongleur/core";
import { type Connection, connect, rethrow } from "./redis-under-test.ts";

/** Tests need not wait for seconds; the proportions are a pod's own. */
export const SHORT = { lengthMs: 600, renewalMs: 150, marginMs: 100, patienceMs: 600 };

interface Options {
  readonly db?: number;
  readonly pod: string;
  /** Instead of giving the holding back through the stores. */
  readonly release?: (holder: Holder, holding: Holding) => Promise<boolean>;
}

export interface LeasedPod {
  readonly lease: RedisLease;
  readonly rooms: RedisRoomStore;
  readonly presence: RedisPresenceStore;
  readonly reaper: RedisReaper;
  /** Those that took the place of another. */
  readonly epochs: readonly number[];
  readonly reaped: readonly Reaped[];
  readonly faults: readonly unknown[];
  /** How often it looked whom it could reap. */
  readonly looks: () => number;
  /** The connection of the lease. */
  readonly forLease: Connection;
  /** Ends it as SIGKILL does: nothing is given back. */
  readonly die: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Not started yet. */
export async function openPod(url: string, { db, pod, release }: Options): Promise<LeasedPod> {
  const [redis, forLease] = [await connect(url, db), await connect(url, db)];
  const [epochs, reaped, faults]: [number[], Reaped[], unknown[]] = [[], [], []];
  const now = () => performance.now();
  const onFault = (fault: unknown) => void faults.push(fault);
  let looks = 0;
  const onOverdue = () => {
    looks += 1;
    return reaper.reap();
  };
  const onEpoch = (epoch: number) => void epochs.push(epoch);
  const lease = new RedisLease({ redis: forLease, pod, ...SHORT, now, onEpoch, onOverdue, onFault });
  const rooms = new RedisRoomStore(redis, lease, rethrow);
  const presence = new RedisPresenceStore(redis, lease, rethrow);
  const reaper: RedisReaper = new RedisReaper({
    redis,
    claims: lease.claims,
    renewalMs: SHORT.renewalMs,
    now,
    release: release ?? ((holder, holding) => giveBack(rooms, presence, holder, holding)),
    onReaped: (each) => void reaped.push(each),
    onFault,
  });
  const disconnect = () => {
    redis.disconnect();
    forLease.disconnect();
  };
  return {
    ...{ lease, rooms, presence, reaper, epochs, reaped, faults, looks: () => looks, forLease },
    die: async () => {
      disconnect();
      await lease.close();
    },
    close: async () => {
      await reaper.close();
      await lease.close();
      disconnect();
    },
  };
}

export async function giveBack(
  rooms: RedisRoomStore,
  presence: RedisPresenceStore,
  holder: Holder,
  holding: Holding,
): Promise<boolean> {
  const answer = await (holding[0] === "seat"
    ? rooms.leave(holding[2], holder)
    : holding[0] === "place"
      ? presence.returnMucPlace(holding[2], holder, holding[3])
      : presence.offline(holding[2], holder));
  return answer.outcome !== "unavailable";
}
