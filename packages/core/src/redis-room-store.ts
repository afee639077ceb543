// Rooms in Redis: one script decides a join or a leave in the room's slot.
import { type Identity, isJsonObject, type RoomKind } from "@jongleur/protocol";
import type { Holding } from "./holding.ts";
import { ownerOf, type WriteAuthority } from "./redis-authority.ts";
import { RedisHoldings } from "./redis-holdings.ts";
import { redisKeys } from "./redis-keys.ts";
import { loadScripts, type RedisConnection, type RedisScripts } from "./redis-scripts.ts";
import type { Holder, Member, RoomState } from "./room.ts";
import type { RoomJoin, RoomLeave, RoomReading, RoomStore } from "./room-store.ts";

type JoinReply =
  | readonly ["joined" | "already", fields: string[]]
  | readonly ["full"]
  | readonly ["wrongKind", RoomKind, seated: 0 | 1];
type LeaveReply = readonly ["left", fields: string[]] | readonly ["notAMember"];

export class RedisRoomStore implements RoomStore {
  readonly #redis: RedisConnection;
  readonly #scripts: RedisScripts;
  readonly #holdings: RedisHoldings;

  /** @param onFault told of what fails though Redis is there; it is answered as if it were not */
  constructor(redis: RedisConnection, authority: WriteAuthority, onFault: (error: unknown) => void) {
    this.#redis = redis;
    this.#scripts = loadScripts(redis);
    this.#holdings = new RedisHoldings({ redis, scripts: this.#scripts, authority, onFault });
  }

  async join(rid: string, member: Member, kind: RoomKind, limit: number): Promise<RoomJoin> {
    const seat: Holding = ["seat", member.sessionId, rid];
    const args = [member.sessionId, ownerOf(member), JSON.stringify(member.identity), kind, limit] as const;
    const reply = await this.#holdings.take<JoinReply>(
      member,
      seat,
      (deadline) => this.#scripts["room-join"](redisKeys.room(rid), deadline, ...args),
      holdsNoSeat,
    );
    return "outcome" in reply ? reply : joinAnswer(rid, reply);
  }

  async leave(rid: string, holder: Holder): Promise<RoomLeave> {
    const seat: Holding = ["seat", holder.sessionId, rid];
    const reply = await this.#holdings.giveBack<LeaveReply>(holder, seat, (deadline) =>
      this.#scripts["room-leave"](redisKeys.room(rid), deadline, holder.sessionId, ownerOf(holder)),
    );
    if ("outcome" in reply) return reply;
    const [outcome, fields] = reply;
    return outcome === "left" ? { outcome, room: roomOf(rid, pairs(fields)) } : { outcome };
  }

  read(rid: string): Promise<RoomReading> {
    return this.#holdings.read(async () => {
      const fields = Object.entries(await this.#redis.hgetall(redisKeys.room(rid)));
      return { outcome: "read", room: fields.length > 0 ? roomOf(rid, fields) : undefined };
    });
  }
}

/** A session that is refused for the kind may have a seat all the same: by a join whose answer was lost. */
function holdsNoSeat([outcome, , seated]: JoinReply): boolean {
  return outcome === "full" || (outcome === "wrongKind" && seated === 0);
}

function joinAnswer(rid: string, reply: JoinReply): RoomJoin {
  const [outcome, detail] = reply;
  if (outcome === "full") return { outcome };
  if (outcome === "wrongKind") return { outcome, kind: detail };
  return { outcome, room: roomOf(rid, pairs(detail)) };
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? "", flat[2 * i + 1] ?? ""]);
}

/**
 * Redis keeps the fields of a large hash in no order: each seat says since when it is taken. One that is damaged
 * is left out: the pod of its session, if it has one, seats it again. A damaged version is older than any.
 */
function roomOf(rid: string, fields: readonly (readonly [string, string])[]): RoomState {
  const { kind, version, ...seats } = Object.fromEntries(fields);
  const members = Object.entries(seats)
    .flatMap(([sessionId, seat]) => seatOf(sessionId, seat) ?? [])
    .toSorted((one, other) => one.since - other.since);
  return {
    rid,
    kind: kind === "muc" ? kind : "room",
    version: Math.trunc(Number(version)) || 0,
    members: members.map(({ member }) => member),
  };
}

/** A seat reads `pod epoch since identity`; `since` in microseconds of Redis's clock. */
const SEAT = /^(\S+) (\d{1,15}) (\d{1,19}) (\{.*\})$/s;

function seatOf(sessionId: string, seat: string): { readonly since: number; readonly member: Member } | undefined {
  const [, pod = "", epoch, since, json = ""] = SEAT.exec(seat) ?? [];
  const identity = identityIn(json);
  return identity && { since: Number(since), member: { sessionId, pod, epoch: Number(epoch), identity } };
}

function identityIn(json: string): Identity | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isJsonObject(value) && typeof value.uid === "string" ? (value as Identity) : undefined;
  } catch {
    return undefined;
  }
}
