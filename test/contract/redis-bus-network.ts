// Pods' buses on a Redis, with what tests do to their connections.
import { BusTally, type PodBus, RedisPodBus, type RedisPodBusParts } from "@jongleur/core";
import { createRedis, parseRedisUrl } from "@jongleur/runtime";
import { type BusNetwork, Recorder } from "./pod-bus-contract.ts";

type Connection = ReturnType<typeof createRedis>;

export function connection(url: string, use: "commands" | "subscriptions"): Connection {
  const address = parseRedisUrl(url);
  if (!address) throw new Error(`${url} is no address of a Redis`);
  const redis = createRedis(address, use);
  // The bus says what an outage means; the connection itself only goes on trying.
  redis.on("error", () => {});
  return redis;
}

/** A pod on the bus, not started yet. */
export function createPod(url: string, pod: string, parts: Partial<RedisPodBusParts> = {}) {
  const pub = connection(url, "commands");
  const subs: Connection[] = [];
  const openSub = () => {
    const sub = connection(url, "subscriptions");
    subs.push(sub);
    return sub;
  };
  const sub = () => {
    const last = subs.at(-1);
    if (!last) throw new Error(`${pod} has not been started`);
    return last;
  };
  const tally = new BusTally();
  const bus = new RedisPodBus({
    pod,
    pub,
    openSub,
    kind: "sharded",
    cutOff: () => false,
    newId: () => crypto.randomUUID(),
    tally,
    ...parts,
  });
  const close = async () => {
    await bus.close();
    pub.disconnect();
  };
  return { name: pod, pub, sub, bus, tally, heard: new Recorder(bus), close };
}

export type BusPod = ReturnType<typeof createPod>;

/** Pods that are on the bus. */
export async function openPods(
  url: string,
  pods: readonly string[],
  parts?: Partial<RedisPodBusParts>,
): Promise<BusPod[]> {
  const opened = pods.map((pod) => createPod(url, pod, parts));
  await Promise.all(opened.map(({ bus }) => bus.start()));
  return opened;
}

/** Channels are for all who use a Redis, so networks on the same one keep apart by the names of their pods. */
export async function openRedisNetwork(url: string, kind: RedisPodBusParts["kind"]): Promise<BusNetwork> {
  const suffix = ` ${crypto.randomUUID()}`;
  const pods: BusPod[] = [];
  return {
    open: async (name) => {
      const [pod] = await openPods(url, [name + suffix], { kind });
      if (!pod) throw new Error("no pod was opened");
      pods.push(pod);
      return { bus: withSuffix(pod.bus, suffix), close: pod.close };
    },
    close: async () => {
      await Promise.all(pods.map(({ close }) => close()));
    },
  };
}

function withSuffix(bus: PodBus, suffix: string): PodBus {
  const short = (pod: string) => pod.slice(0, -suffix.length);
  return {
    reaches: (pod) => bus.reaches(pod + suffix),
    send: (pod, parcel) => bus.send(pod + suffix, parcel),
    settle: (pod) => bus.settle(pod + suffix),
    receive: (receiver) =>
      bus.receive({
        onParcel: (parcel, from) => receiver.onParcel(parcel, short(from)),
        onUndelivered: (pod, parcel) => receiver.onUndelivered(short(pod), parcel),
        onMissed: (pod) => receiver.onMissed(pod === undefined ? undefined : short(pod)),
      }),
  };
}
