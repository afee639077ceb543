// One service for all tests of a file: pods on a Redis of their own.
import { afterAll, beforeAll } from "vitest";
import { type RedisServer, startRedisServer } from "../provision/redis-server.ts";
import { type Couriers, sendCouriers } from "./couriers.ts";
import { type NamedPod, type Service, startService } from "./pods.ts";

export interface SharedService {
  /** From the first test on. */
  readonly pods: readonly NamedPod[];
  readonly couriers: Couriers;
}

/** Starts it before the first test of the file, and stops it behind the last. */
export function shareService(podCount: number): SharedService {
  let redis: RedisServer;
  let service: Service;
  let couriers: Couriers;
  beforeAll(async () => {
    redis = await startRedisServer();
    service = await startService(podCount, { redisUrl: redis.url });
    couriers = await sendCouriers(service.pods);
  });
  afterAll(async () => {
    await service?.stop();
    await redis?.stop();
  });
  return {
    get pods() {
      return service.pods;
    },
    get couriers() {
      return couriers;
    },
  };
}
