// Pods in this process on one memory store and bus, any of which can be refused, not be heard, or die.
import { setImmediate } from "node:timers/promises";
import {
  type Holder,
  type Holding,
  MemoryJournal,
  MemoryPodNetwork,
  MemoryPresenceStore,
  MemoryRoomStore,
  type Parcel,
  type ParcelReceiver,
  type PodBus,
  type PresenceEntry,
  type PresenceStore,
  type RoomStore,
  Signaling,
  Tally,
} from "@jongleur/core";
import { type Delay, delayed, delayedBus, LIMITS, Links, SERVER_ID } from "./memory-cluster.ts";

/**
 * What becomes of a parcel: the sender learns that it has not arrived ("undelivered"), or perhaps not though it has
 * ("doubtful"); the receiver learns that it has missed something ("missed"); or nobody learns anything ("lost").
 */
export type Fate = "arrives" | "undelivered" | "doubtful" | "missed" | "lost";

/** A call of one of the stores. */
export interface StoreCall {
  readonly name: keyof RoomStore | keyof PresenceStore;
  readonly args: readonly unknown[];
  readonly run: () => Promise<unknown>;
}

const UNAVAILABLE = { outcome: "unavailable" } as const;
const never = () => new Promise<never>(() => {});
const now: Delay = (value) => value;

export class FailingCluster {
  readonly rooms = new MemoryRoomStore(() => 0);
  readonly presence = new MemoryPresenceStore();
  readonly network = new MemoryPodNetwork();
  readonly pods: readonly FailingPod[];
  readonly delay: Delay;
  readonly links: Links;
  #ids = 0;

  constructor(podCount: number, delay: Delay = now) {
    this.delay = delay;
    this.links = new Links(delay);
    this.pods = Array.from({ length: podCount }, (_, i) => new FailingPod(`pod-${i}`, this));
  }

  newId(): string {
    return `id-${this.#ids++}`;
  }

  /** About so many seconds go by for all pods that live. */
  async tend(seconds: number, idle: () => Promise<void> = calm): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      for (const pod of this.pods) if (!pod.isDead) pod.signaling.tend();
      await idle();
    }
  }
}

/** Nothing takes longer than microtasks do unless it is held back: once it is another task's turn, all is done. */
export async function calm(): Promise<void> {
  await setImmediate();
}

export class FailingPod {
  readonly name: string;
  readonly bus: PodBus;
  readonly signaling: Signaling;
  epoch = 1;
  /** Stands between the pod and its stores. @returns what the pod is answered */
  answer: (call: StoreCall) => Promise<unknown> = ({ run }) => run();
  /** Of a parcel that the pod has sent. */
  fateOf: (parcel: Parcel) => Fate = () => "arrives";
  isCutOff = false;
  readonly #cluster: FailingCluster;
  /** By epoch, what the pod has ever tried to take. */
  readonly #holdings = new Map<number, Map<string, Holding>>();
  #receiver: ParcelReceiver | undefined;
  /** Parcels that are on their way for longer, and from whom. */
  #late: { readonly from: string; readonly parcels: Parcel[] } | undefined;
  #isDead = false;

  constructor(name: string, cluster: FailingCluster) {
    this.name = name;
    this.#cluster = cluster;
    this.bus = this.#failingBus(delayedBus(name, cluster.network.connect(name), cluster.links));
    this.signaling = new Signaling({
      serverId: SERVER_ID,
      pod: name,
      epoch: () => this.epoch,
      now: () => 0,
      toIso: (ms) => `ms ${ms}`,
      limits: LIMITS,
      rooms: this.#failing<RoomStore>(delayed(cluster.rooms, cluster.delay)),
      presence: this.#failing<PresenceStore>(delayed(cluster.presence, cluster.delay)),
      bus: this.bus,
      journal: new MemoryJournal(),
      tally: new Tally(),
      newId: () => cluster.newId(),
    });
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** From now on nothing leaves it, and nothing gets there. */
  kill(): void {
    this.#isDead = true;
    this.#cluster.network.disconnect(this.name);
  }

  /** The stores don't answer these calls, though they may have done what was asked. */
  refuse(...names: readonly StoreCall["name"][]): void {
    this.answer = async (call) => (names.includes(call.name) ? UNAVAILABLE : call.run());
  }

  /** All is well again. */
  recover(): void {
    this.answer = ({ run }) => run();
    this.fateOf = () => "arrives";
    this.isCutOff = false;
  }

  /** The bus notices that parcels of a pod have got lost, or perhaps of any. */
  miss(from?: string): void {
    this.#receiver?.onMissed(from);
  }

  /** Keeps what a pod sends to this one on its way. @returns what lets it arrive */
  holdParcelsOf({ name: from }: FailingPod): () => void {
    const late = { from, parcels: [] as Parcel[] };
    this.#late = late;
    return () => {
      this.#late = undefined;
      for (const parcel of late.parcels) this.#receiver?.onParcel(parcel, from);
    };
  }

  /** Gives back all that another pod may have held under an epoch, as one that was taken for dead. */
  async release(pod: FailingPod, epoch: number): Promise<void> {
    for (const holding of pod.#holdings.get(epoch)?.values() ?? []) {
      const holder = { sessionId: holding[1], pod: pod.name, epoch };
      while (!(await this.signaling.release(holder, holding)));
    }
  }

  /** Takes all anew under another epoch. */
  async beginEpoch(): Promise<void> {
    this.epoch += 1;
    while (!(await this.signaling.renew()));
  }

  #failing<Store extends RoomStore | PresenceStore>(store: Store): Store {
    return new Proxy(store, {
      get: (target, key) => {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== "function") return method;
        return (...args: readonly unknown[]) => {
          const name = key as StoreCall["name"];
          this.#note(name, args);
          return this.#unlessDead(this.answer({ name, args, run: () => method.apply(target, args) }));
        };
      },
    });
  }

  async #unlessDead(answer: Promise<unknown>): Promise<unknown> {
    if (this.#isDead) return never();
    await answer;
    return this.#isDead ? never() : answer;
  }

  /** As a pod lists what it is about to take. */
  #note(name: StoreCall["name"], args: readonly unknown[]): void {
    const taken = takenBy(name, args);
    if (!taken) return;
    const holdings = this.#holdings.get(taken.epoch) ?? new Map<string, Holding>();
    this.#holdings.set(taken.epoch, holdings);
    holdings.set(taken.holding.join(), taken.holding);
  }

  #failingBus(bus: PodBus): PodBus {
    const reaches = (pod: string) => !this.isCutOff && bus.reaches(pod);
    return {
      reaches,
      send: (to, parcel) => {
        if (this.isCutOff) void Promise.resolve().then(() => this.#failTo(to, parcel));
        else bus.send(to, parcel);
      },
      settle: async (pod) => reaches(pod) && (await bus.settle(pod)) && reaches(pod),
      receive: (receiver) => {
        this.#receiver = receiver;
        bus.receive({
          onParcel: (parcel, from) => this.#onParcel(parcel, from),
          onUndelivered: (pod, parcel) => receiver.onUndelivered(pod, parcel),
          onMissed: (pod) => receiver.onMissed(pod),
        });
      },
    };
  }

  #failTo(pod: string, parcel: Parcel): void {
    this.#receiver?.onUndelivered(pod, parcel);
  }

  #onParcel(parcel: Parcel, from: string): void {
    const { pods, delay } = this.#cluster;
    const sender = pods.find(({ name }) => name === from)!;
    const fate = sender.fateOf(parcel);
    if (fate === "missed") this.miss(from);
    const isToldOf = fate === "undelivered" || fate === "doubtful";
    if (isToldOf) void delay(Promise.resolve()).then(() => sender.#failTo(this.name, parcel));
    if (fate !== "arrives" && fate !== "doubtful") return;
    if (this.#late?.from === from) this.#late.parcels.push(parcel);
    else this.#receiver?.onParcel(parcel, from);
  }
}

function takenBy(name: StoreCall["name"], args: readonly unknown[]): { epoch: number; holding: Holding } | undefined {
  if (name === "online") {
    const [{ epoch, sessionId, uid }] = args as [PresenceEntry];
    return { epoch, holding: ["session", sessionId, uid] };
  }
  if (name === "expel") {
    const [rid, { epoch, sessionId }] = args as [string, Holder];
    return { epoch, holding: ["expulsion", sessionId, rid] };
  }
  if (name !== "join" && name !== "takeMucPlace") return undefined;
  const [of, { epoch, sessionId }, rid] = args as [string, Holder, string];
  return { epoch, holding: name === "join" ? ["seat", sessionId, of] : ["place", sessionId, of, rid] };
}
