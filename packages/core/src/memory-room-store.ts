// Rooms in this process: for one pod without Redis.
import type { RoomKind } from "@jongleur/protocol";
import { MemoryBarred } from "./memory-barred.ts";
import { type Holder, isSuperseded, type Member, type RoomState, sameHolder } from "./room.ts";
import type {
  Expulsion,
  ExpulsionsReading,
  RoomExpulsion,
  RoomJoin,
  RoomLeave,
  RoomLock,
  RoomReading,
  RoomStore,
} from "./room-store.ts";

interface Room {
  readonly kind: RoomKind;
  readonly members: Map<string, Member>;
  version: number;
  locked: boolean;
}

export class MemoryRoomStore implements RoomStore {
  readonly #rooms = new Map<string, Room>();
  readonly #barred: MemoryBarred;
  /** Higher than the version of any room there has been. */
  #nextVersion = 1;

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#barred = new MemoryBarred(now);
  }

  async join(rid: string, member: Member, kind: RoomKind, limit: number, again = false): Promise<RoomJoin> {
    const room = this.#rooms.get(rid) ?? { kind, members: new Map(), version: this.#nextVersion - 1, locked: false };
    if (room.kind !== kind) return { outcome: "wrongKind", kind: room.kind };
    const seat = room.members.get(member.sessionId);
    if (seat && isSuperseded(member, seat)) return { outcome: "unavailable" };
    if (seat) {
      if (!sameHolder(seat, member)) this.#takeOver(room, member);
      return { outcome: "already", room: snapshot(rid, room) };
    }
    const barred = this.#barred.check(rid, member, again);
    if (barred) return barred;
    if (room.locked && !again) return { outcome: "locked" };
    if (room.members.size >= limit) return { outcome: "full" };
    this.#barred.forgive(rid, member.sessionId);
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
    this.#changeAndClose(rid, room);
    return { outcome: "left", room: snapshot(rid, room) };
  }

  async read(rid: string): Promise<RoomReading> {
    const room = this.#rooms.get(rid);
    return { outcome: "read", room: room && snapshot(rid, room) };
  }

  async expel(rid: string, _by: Holder, { sessionIds, kind, ban, reason }: Expulsion): Promise<RoomExpulsion> {
    const room = this.#rooms.get(rid);
    if (room && kind && room.kind !== kind) return { outcome: "otherKind" };
    const until = ban && this.#barred.ban(rid, ban);
    if (until === "tooManyBans") return { outcome: until };
    const all = [...(room?.members.values() ?? [])];
    const members = sessionIds === "all" ? all : all.filter(({ sessionId }) => sessionIds.includes(sessionId));
    if (room && members.length > 0) {
      for (const { sessionId } of members) room.members.delete(sessionId);
      this.#changeAndClose(rid, room);
      for (const member of members) this.#barred.putOut(rid, member, room.version, { reason, until });
    }
    if (members.length === 0 && !ban) return { outcome: "notThere" };
    return { outcome: "expelled", room: room && snapshot(rid, room), members, until };
  }

  async told(): Promise<void> {}

  async acknowledge(rid: string, sessionId: string): Promise<void> {
    this.#barred.forgive(rid, sessionId);
  }

  async expulsions(rid: string): Promise<ExpulsionsReading> {
    return { outcome: "read", putOut: this.#barred.putOutOf(rid) };
  }

  async lock(rid: string, _by: Holder, locked: boolean, kind?: RoomKind): Promise<RoomLock> {
    const room = this.#rooms.get(rid);
    if (!room) return { outcome: "notThere" };
    if (kind && room.kind !== kind) return { outcome: "otherKind" };
    room.locked = locked;
    return { outcome: "done" };
  }

  #takeOver(room: Room, member: Member): void {
    room.members.set(member.sessionId, member);
    this.#change(room);
  }

  #changeAndClose(rid: string, room: Room): void {
    this.#change(room);
    if (room.members.size === 0) this.#rooms.delete(rid);
  }

  #change(room: Room): void {
    room.version += 1;
    this.#nextVersion = Math.max(this.#nextVersion, room.version + 1);
  }
}

function snapshot(rid: string, { kind, version, members }: Room): RoomState {
  return { rid, kind, version, members: [...members.values()] };
}
