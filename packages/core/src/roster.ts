// A pod's view of a room in which it has members: who is in there, and which of them it serves itself.
import type { RoomKind } from "@jongleur/protocol";
import type { Member, RoomChange, RoomState } from "./room.ts";
import type { Session } from "./session.ts";

/** What became of a change: a gap means that earlier changes have not come by yet, or never will. */
export type Applied = { readonly outcome: "applied"; readonly member: Member } | { readonly outcome: "stale" | "gap" };

export class Roster {
  readonly rid: string;
  readonly kind: RoomKind;
  /** Everybody in the room, on any pod, in the order in which they took their seats. */
  readonly members: Map<string, Member>;
  /** Those whom this pod serves. */
  readonly local = new Map<string, Session>();
  #version: number;

  constructor({ rid, kind, version, members }: RoomState) {
    this.rid = rid;
    this.kind = kind;
    this.#version = version;
    this.members = new Map(members.map((member) => [member.sessionId, member]));
  }

  /** Takes the next change over; one that has been seen, or comes too early, changes nothing. */
  apply(change: RoomChange): Applied {
    if (change.version <= this.#version) return { outcome: "stale" };
    if (change.version > this.#version + 1) return { outcome: "gap" };
    this.#version = change.version;
    if (change.kind === "joined") {
      this.members.set(change.member.sessionId, change.member);
      return { outcome: "applied", member: change.member };
    }
    const member = this.members.get(change.sessionId);
    this.members.delete(change.sessionId);
    // Somebody has left of whom this roster does not know: it can't be right.
    return member ? { outcome: "applied", member } : { outcome: "gap" };
  }

  /** Takes over the room as the store has it. @returns who came and went meanwhile, unnoticed */
  catchUp({ version, members }: RoomState): { readonly joined: readonly Member[]; readonly left: readonly Member[] } {
    if (version <= this.#version) return { joined: [], left: [] };
    this.#version = version;
    const now = new Map(members.map((member) => [member.sessionId, member]));
    const left = [...this.members.values()].filter(({ sessionId }) => !now.has(sessionId));
    const joined = members.filter(({ sessionId }) => !this.members.has(sessionId));
    this.members.clear();
    for (const [sessionId, member] of now) this.members.set(sessionId, member);
    return { joined, left };
  }

  /** Takes a member out that the store can't or won't tell of. @returns the member, if there was one */
  forget(sessionId: string): Member | undefined {
    const member = this.members.get(sessionId);
    this.members.delete(sessionId);
    return member;
  }

  /** The pods, but for the one given, that serve members. */
  podsBut(own: string): ReadonlySet<string> {
    const pods = new Set<string>();
    // Most rooms live on one pod: counting spares the walk.
    if (this.local.size === this.members.size) return pods;
    for (const { pod } of this.members.values()) if (pod !== own) pods.add(pod);
    return pods;
  }

  /** A room that spans pods is counted by the pod of its oldest member. */
  isCountedBy(pod: string): boolean {
    for (const oldest of this.members.values()) return oldest.pod === pod;
    return false;
  }
}
