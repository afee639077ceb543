// The rosters of a pod: kept by its own joins and leaves and by parcels, and used to reach a room.
import { buildRoomEvent } from "@jongleur/protocol";
import type { Outgoing, Parcel, PodBus } from "./pod-bus.ts";
import type { Member, RoomState } from "./room.ts";
import type { RoomLeave, RoomStore } from "./room-store.ts";
import { Roster } from "./roster.ts";
import type { Session } from "./session.ts";
import { Turns } from "./turns.ts";

export interface RostersParts {
  /** `from` of the events about members. */
  readonly serverId: string;
  /** This pod's name on the bus. */
  readonly pod: string;
  readonly rooms: RoomStore;
  readonly bus: PodBus;
  readonly newId: () => string;
}

export class Rosters {
  readonly #parts: RostersParts;
  readonly #rosters = new Map<string, Roster>();
  readonly #turns = new Turns();

  constructor(parts: RostersParts) {
    this.#parts = parts;
    parts.bus.receive((parcel) => this.#onParcel(parcel));
  }

  /** Runs what changes a room's members: one change of a room at a time, in the order asked for. */
  change<T>(rid: string, task: () => Promise<T>): Promise<T> {
    return this.#turns.take(rid, task);
  }

  /**
   * Takes over a join as the store decided it, and tells the other members, those on other pods too.
   * The newcomer itself is told nothing: the answer to its join holds all members.
   */
  seat(session: Session, room: RoomState, member: Member): Roster {
    const { rid, version } = room;
    const roster = this.#rosters.get(rid) ?? new Roster(room);
    this.#rosters.set(rid, roster);
    this.#catchUp(roster, room);
    roster.local.set(session.id, session);
    this.#sendToOtherPods(roster, { rid, kind: "joined", version, member });
    return roster;
  }

  /**
   * Takes over a leave as the store decided it, and tells those who stay. Where the store knew of no seat,
   * or can't be reached, this pod's own members are told all the same: the session is gone.
   */
  unseat(roster: Roster, sessionId: string, answer: RoomLeave): void {
    const { rid } = roster;
    roster.local.delete(sessionId);
    if (roster.local.size === 0) this.#rosters.delete(rid);
    if (answer.outcome === "left") {
      this.#catchUp(roster, answer.room);
      this.#sendToOtherPods(roster, { rid, kind: "left", version: answer.room.version, sessionId });
      return;
    }
    const member = roster.forget(sessionId);
    if (member) this.#announce(roster, "left", member);
  }

  /** Hands a message to all members of the room but its sender, on whichever pods they are. */
  relay(roster: Roster, message: Outgoing, sender: string): void {
    this.#deliver(roster, message, sender);
    this.#sendToOtherPods(roster, { rid: roster.rid, kind: "message", message });
  }

  /** How many rooms there are that this pod has to count. */
  count(): number {
    let count = 0;
    for (const roster of this.#rosters.values()) if (roster.isCountedBy(this.#parts.pod)) count += 1;
    return count;
  }

  /**
   * A parcel waits while a change of its room is under way here: a member who is just being seated must
   * learn of what happened right after, and what one pod sent must not overtake itself.
   */
  #onParcel(parcel: Parcel): void {
    const { rid } = parcel;
    const complete = !this.#turns.busy(rid) && this.#unpack(parcel);
    if (!complete) void this.#turns.take(rid, () => this.#unpackAndRepair(parcel));
  }

  /** A repair belongs to the turn that finds it needed: parcels that wait behind it must find it done. */
  async #unpackAndRepair(parcel: Parcel): Promise<void> {
    if (this.#unpack(parcel)) return;
    // The store knows what this pod has missed.
    const reading = await this.#parts.rooms.read(parcel.rid);
    const roster = this.#rosters.get(parcel.rid);
    if (reading.outcome === "read" && reading.room && roster) this.#catchUp(roster, reading.room);
  }

  /** @returns false if the parcel shows that earlier ones are missing */
  #unpack(parcel: Parcel): boolean {
    const roster = this.#rosters.get(parcel.rid);
    if (!roster) return true;
    if (parcel.kind === "message") {
      this.#deliver(roster, parcel.message);
      return true;
    }
    const applied = roster.apply(parcel);
    if (applied.outcome === "applied") this.#announce(roster, parcel.kind, applied.member);
    return applied.outcome !== "gap";
  }

  /** Turns what the roster lacks into the events that the local members have missed. */
  #catchUp(roster: Roster, room: RoomState): void {
    const { joined, left } = roster.catchUp(room);
    for (const member of left) this.#announce(roster, "left", member);
    for (const member of joined) this.#announce(roster, "joined", member);
  }

  /** Each member is told in a message of its own: what the server says has a fresh id. */
  #announce(roster: Roster, event: "joined" | "left", { identity, sessionId }: Member): void {
    const { newId, serverId } = this.#parts;
    for (const session of roster.local.values()) {
      if (session.id === sessionId) continue;
      session.send(buildRoomEvent({ id: newId(), from: serverId }, roster, event, identity));
    }
  }

  #deliver(roster: Roster, message: Outgoing, except?: string): void {
    for (const [sessionId, session] of roster.local) if (sessionId !== except) session.send(message);
  }

  #sendToOtherPods(roster: Roster, parcel: Parcel): void {
    const { bus, pod } = this.#parts;
    for (const other of roster.podsBut(pod)) bus.send(other, parcel);
  }
}
