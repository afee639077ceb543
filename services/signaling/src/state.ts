// Where the pod keeps who is where, and how it reaches other pods: in this process, or in Redis.
import {
  BusTally,
  MemoryPodNetwork,
  MemoryPresenceStore,
  MemoryRoomStore,
  type PodBus,
  type PresenceStore,
  type RoomStore,
  type Signaling,
} from "@jongleur/core";
import type { createRedis, Logger } from "@jongleur/runtime";
import type { CountFailure } from "./limits/auth-failures.ts";
import type { PodsInRedis } from "./listing.ts";
import { openRedisState } from "./redis-state.ts";
import type { SignalingConfig } from "./settings.ts";
import { newStateTally, type StateTally } from "./state-tally.ts";

export interface State {
  readonly rooms: RoomStore;
  readonly presence: PresenceStore;
  readonly bus: PodBus;
  readonly tally: StateTally;
  readonly podsInRedis?: PodsInRedis;
  /** Counts refused tokens over all pods; undefined for a pod alone. */
  readonly countFailure: CountFailure | undefined;
  /** The Redis that all pods share, for what is counted over all of them; none of a pod alone. */
  readonly redis?: ReturnType<typeof createRedis>;
  /** Under which of the pod's epochs it holds what it takes now. */
  readonly epoch: () => number;
  /** Why the pod should get no new clients just now; undefined if it should. */
  readonly notReady: () => string | undefined;
  /** @returns once the state can be used, or has to be waited for; what ends it, when all sessions have ended */
  readonly start: (signaling: Signaling) => Promise<() => Promise<void>>;
}

/** @param pod its name, of no other pod that runs */
export function openState(config: SignalingConfig, pod: string, logger: Logger): State {
  return config.redisUrl === "" ? openMemoryState(pod) : openRedisState(config, pod, logger);
}

function openMemoryState(pod: string): State {
  return {
    rooms: new MemoryRoomStore(Date.now),
    presence: new MemoryPresenceStore(),
    bus: new MemoryPodNetwork().connect(pod),
    tally: newStateTally(new BusTally(), () => 0),
    countFailure: undefined,
    // A pod alone is never taken for dead: its first epoch is its last.
    epoch: () => 1,
    notReady: () => undefined,
    start: async () => async () => {},
  };
}
