// Rooms in this process: for one pod without Redis.
import type { RoomKind } from "@jongleur/protocol";
import { type Holder, isSuperseded, type Member, type RoomState, sameHolder } from "./room.ts";
import type { RoomJoin, RoomLeave, RoomReading, RoomStore } from "./room-store.ts";

interface Room {
  readonly kind: RoomKind;
  readonly members: Map<string, Member>;
  version: number;
}

export class MemoryRoomStore implements RoomStore {
  readonly #rooms = new Map<string, Room>();
  /** Higher than the version of any room there has been. */
  #nextVersion = 1;

  async join(rid: string, member: Member, kind: RoomKind, limit: number): Promise<RoomJoin> {
    const room = this.#rooms.get(rid) ?? { kind, members: new Map(), version: this.#nextVersion - 1 };
    if (room.kind !== kind) return { outcome: "wrongKind", kind: room.kind };
    const seat = room.members.get(member.sessionId);
    if (seat && isSuperseded(member, seat)) return { outcome: "unavailable" };
    if (seat) {
      if (!sameHolder(seat, member)) this.#takeOver(room, member);
      return { outcome: "already", room: snapshot(rid, room) };
    }
    if (room.members.size >= limit) return { outcome: "full" };
    room.members.set(member.sessionId, member);
    this.#change(room);
    this.#rooms.set(rid, room);
    return { outcome: "joined", room: snapshot(rid, room) };
  }

  async leave(rid: string, holder: Holder): Promise<RoomLeave> {
    const room = this.#rooms.get(rid);
    const seat = room?.members.get(holder.sessionId);
    if (!room || !seat || !sameHolder(seat, holder)) return { outcome: "notAMember" };
    room.members.delete(holder.sessionId);
    this.#change(room);
    if (room.members.size === 0) this.#rooms.delete(rid);
    return { outcome: "left", room: snapshot(rid, room) };
  }

  #takeOver(room: Room, member: Member): void {
    room.members.set(member.sessionId, member);
    this.#change(room);
  }

  #change(room: Room): void {
    room.version += 1;
    this.#nextVersion = Math.max(this.#nextVersion, room.version + 1);
  }

  async read(rid: string): Promise<RoomReading> {
    const room = this.#rooms.get(rid);
    return { outcome: "read", room: room && snapshot(rid, room) };
  }
}

function snapshot(rid: string, { kind, version, members }: Room): RoomState {
  return { rid, kind, version, members: [...members.values()] };
}
