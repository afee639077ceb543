// What one pod has to tell others of a room, and whether they know it.
import type { Parcel, PodBus } from "./pod-bus.ts";
import type { Dismissal, Holder, Member, RoomState } from "./room.ts";

export interface AnnouncementsParts {
  readonly bus: PodBus;
  readonly pod: string;
  /** Takes a parcel in as if it came from another pod. */
  readonly receive: (parcel: Parcel) => void;
}

type Told = Pick<RoomState, "rid" | "version" | "members">;

export class Announcements {
  readonly #parts: AnnouncementsParts;

  constructor(parts: AnnouncementsParts) {
    this.#parts = parts;
  }

  /** Tells all members, on whichever pods they are, that a seat has been freed in the name of a dead pod. */
  left({ rid, version, members }: Told, { sessionId, pod: former }: Pick<Holder, "sessionId" | "pod">): void {
    // The pod that was taken for dead may be alive after all.
    const pods = new Set([former, ...members.map(({ pod }) => pod)]);
    this.#tell(pods, { rid, kind: "left", version, sessionId });
  }

  /**
   * Tells all pods concerned that sessions have been put out, as the store decided it.
   * @param gone those, by the pods where they are or were
   * @returns when the pods know, or don't answer
   */
  async putOut(room: Told, gone: readonly Pick<Member, "sessionId" | "pod">[], why: Dismissal): Promise<void> {
    const { rid, version, members } = room;
    const sessionIds = gone.map(({ sessionId }) => sessionId);
    const pods = new Set([...members, ...gone].map(({ pod }) => pod));
    this.#tell(pods, { rid, kind: "putOut", version, sessionIds, ...why });
    await this.settle(room, pods);
  }

  /** Waits until these pods know what this one has told them of the room, or don't answer. */
  async settle(room: Pick<RoomState, "rid" | "version">, pods: Iterable<string>): Promise<void> {
    await Promise.all(Array.from(pods, (pod) => this.#settlePod(room, pod)));
  }

  #tell(pods: ReadonlySet<string>, parcel: Parcel): void {
    const { bus, pod: own, receive } = this.#parts;
    if (pods.has(own)) receive(parcel);
    for (const pod of pods) if (pod !== own) bus.send(pod, parcel);
  }

  async #settlePod({ rid, version }: Pick<RoomState, "rid" | "version">, pod: string): Promise<void> {
    const { bus, pod: own } = this.#parts;
    if (pod === own || (await bus.settle(pod))) return;
    // What got lost on the way gets through by now, unless the pod is not there at all.
    bus.send(pod, { kind: "digest", versions: [[rid, version]] });
    await bus.settle(pod);
  }
}
