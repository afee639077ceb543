// Several pods in this process on one memory store and bus, whose answers can be held back at will.
import {
  Inbox,
  type JoinOutcome,
  type Member,
  MemoryJournal,
  MemoryPodNetwork,
  MemoryPresenceStore,
  MemoryRoomStore,
  type Outgoing,
  type PodBus,
  type PresenceStore,
  type Relayed,
  type RoomStore,
  type Session,
  Signaling,
  Tally,
} from "@jongleur/core";
import type { Identity, RoomKind } from "@jongleur/protocol";

/** Passes a call or its answer on, now or later, in any order. */
export type Delay = <T>(value: Promise<T>) => Promise<T>;

export const LIMITS = {
  maxMembersPerRoom: 2,
  maxMembersPerMultiRoom: 4,
  maxMultiRoomPerUser: 2,
  maxRoomsPerSession: 4,
  maxSessionsPerUser: 3,
};
export const SERVER_ID = "server";

export interface MemoryCluster {
  readonly pods: readonly Signaling[];
  readonly rooms: RoomStore;
  readonly presence: PresenceStore;
  readonly journal: MemoryJournal;
  readonly tally: Tally;
  /** The stores forget everything, and each pod's next epoch begins. */
  readonly forgetAll: () => void;
}

export function openCluster(podCount: number, delay: Delay = (value) => value): MemoryCluster {
  const [rooms, forgetRooms] = forgetful<RoomStore>(() => new MemoryRoomStore(() => 0));
  const [presence, forgetPresence] = forgetful<PresenceStore>(() => new MemoryPresenceStore());
  let epoch = 1;
  const network = new MemoryPodNetwork();
  const links = new Links(delay);
  const journal = new MemoryJournal();
  const tally = new Tally();
  let ids = 0;
  const pods = Array.from({ length: podCount }, (_, i) => {
    const pod = `pod-${i}`;
    return new Signaling({
      serverId: SERVER_ID,
      pod,
      epoch: () => epoch,
      now: () => 0,
      toIso: (ms) => `ms ${ms}`,
      limits: LIMITS,
      rooms: delayed(rooms, delay),
      presence: delayed(presence, delay),
      bus: delayedBus(pod, network.connect(pod), links),
      journal,
      tally,
      newId: () => `id-${ids++}`,
    });
  });
  const forgetAll = () => {
    forgetRooms();
    forgetPresence();
    epoch += 1;
  };
  return { pods, rooms, presence, journal, tally, forgetAll };
}

/** @returns a store, and what makes it a new one */
function forgetful<Store extends object>(create: () => Store): [Store, () => void] {
  let store = create();
  const forget = () => {
    store = create();
  };
  return [new Proxy(store, { get: (_, name) => bound(store, name) }), forget];
}

function bound(target: object, name: string | symbol): unknown {
  const method: unknown = Reflect.get(target, name);
  return typeof method === "function" ? method.bind(target) : method;
}

/** The members that the store knows of, in their order. */
export async function membersOf({ rooms }: Pick<MemoryCluster, "rooms">, rid: string): Promise<readonly Member[]> {
  const reading = await rooms.read(rid);
  if (reading.outcome !== "read") throw new Error("a memory store is always there");
  return reading.room?.members ?? [];
}

/** Both ways of each call take their time, so that calls reach the store, and answers the caller, in any order. */
export function delayed<Store extends RoomStore | PresenceStore>(store: Store, delay: Delay): Store {
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return (...args: unknown[]) => delay(Promise.resolve()).then(() => delay(method.apply(target, args)));
    },
  });
}

/** What goes from one pod to another may be late, but keeps its order. */
export class Links {
  readonly #delay: Delay;
  readonly #tails = new Map<string, Promise<void>>();

  constructor(delay: Delay) {
    this.#delay = delay;
  }

  /** @returns when the task has been run, behind all that was passed the same way before */
  pass(from: string, to: string, task: () => void = () => {}): Promise<void> {
    const link = `${from} to ${to}`;
    const tail = (this.#tails.get(link) ?? Promise.resolve()).then(() => this.#delay(Promise.resolve())).then(task);
    this.#tails.set(link, tail);
    return tail;
  }
}

export function delayedBus(own: string, bus: PodBus, links: Links): PodBus {
  return {
    receive: (receiver) => bus.receive(receiver),
    reaches: (pod) => bus.reaches(pod),
    send: (pod, parcel) => void links.pass(own, pod, () => bus.send(pod, parcel)),
    async settle(pod) {
      await links.pass(own, pod);
      await links.pass(pod, own);
      return true;
    },
  };
}

/** A session that remembers what it was told, and hands its verbs over one after the other, as a gateway does. */
export class RecordingSession implements Session {
  readonly protocol = "jsongle";
  readonly heard: Outgoing[] = [];
  readonly inbox = new Inbox({ tasks: 1000, size: 0 });
  readonly id: string;
  readonly identity: Identity;
  readonly #signaling: Signaling;

  constructor(signaling: Signaling, id: string, uid = `uid of ${id}`) {
    this.id = id;
    this.identity = { uid };
    this.#signaling = signaling;
  }

  get ended(): boolean {
    return this.inbox.ended;
  }

  send(message: Outgoing): void {
    this.heard.push(message);
  }

  hear(message: Relayed): void {
    if ("jsongle" in message) this.send(message);
  }

  dismiss(): void {
    void this.disconnect();
  }

  hello(): Promise<void> {
    return this.#handle(async () => void (await this.#signaling.hello(this, this.identity)));
  }

  /** @param seen runs in the turn in which the seat is taken */
  join(
    rid: string,
    kind: RoomKind = "room",
    seen: (outcome: JoinOutcome) => void = () => {},
    limit?: number,
  ): Promise<JoinOutcome> {
    const { promise, resolve } = Promise.withResolvers<JoinOutcome>();
    const answer = (outcome: JoinOutcome) => {
      seen(outcome);
      resolve(outcome);
    };
    void this.#handle(() => this.#signaling.join(this, { rid, kind, limit }, answer));
    return promise;
  }

  leave(rid: string): Promise<void> {
    return this.#handle(async () => void (await this.#signaling.leave(this, rid)));
  }

  /** Relays a text that names its sender. @param said runs when that is done, if it is a member @param only uids */
  say(rid: string, text: string, said: () => void = () => {}, only?: readonly string[]): Promise<void> {
    const jsongle = { action: "session-text", description: { text, sender: this.identity.uid } } as const;
    return this.#handle(async () => {
      if (this.#signaling.relay(this, rid, { id: text, from: rid, jsongle }, only) === "relayed") said();
    });
  }

  /** @returns when the verb is done, at once if the session has ended */
  #handle(verb: () => Promise<void>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const posted = this.inbox.post(() => verb().then(resolve, reject));
    return posted ? promise : Promise.resolve();
  }

  disconnect(): Promise<void> {
    return this.inbox.end(() => this.#signaling.disconnect(this));
  }
}
