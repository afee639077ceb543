// Rooms in Redis: one script decides a join or a leave in the room's slot.
import type { RoomKind } from "@jongleur/protocol";
import { type Holding, ownerOf, RedisHoldings } from "./redis-holdings.ts";
import { redisKeys } from "./redis-keys.ts";
import { orUnavailable } from "./redis-outage.ts";
import { loadScripts, type RedisConnection, type RedisScripts } from "./redis-scripts.ts";
import type { Holder, Member, RoomState } from "./room.ts";
import type { RoomJoin, RoomLeave, RoomReading, RoomStore } from "./room-store.ts";

export class RedisRoomStore implements RoomStore {
  readonly #redis: RedisConnection;
  readonly #scripts: RedisScripts;
  readonly #holdings: RedisHoldings;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
    this.#scripts = loadScripts(redis);
    this.#holdings = new RedisHoldings(redis);
  }

  join(rid: string, member: Member, kind: RoomKind, limit: number): Promise<RoomJoin> {
    const { sessionId, identity } = member;
    const seat = ["seat", sessionId, rid] as const;
    return orUnavailable(async () => {
      const reply = await this.#holdings.noteThen(member, seat, () =>
        this.#scripts["room-join"](
          redisKeys.room(rid),
          sessionId,
          ownerOf(member),
          JSON.stringify(identity),
          kind,
          limit,
        ),
      );
      const answer = joinAnswer(rid, reply);
      if (!("room" in answer)) await this.#holdings.strike(member, seat);
      return answer;
    });
  }

  leave(rid: string, holder: Holder): Promise<RoomLeave> {
    const seat: Holding = ["seat", holder.sessionId, rid];
    return orUnavailable(async () => {
      const reply = await this.#holdings.giveBackThenStrike(holder, seat, () =>
        this.#scripts["room-leave"](redisKeys.room(rid), holder.sessionId, ownerOf(holder)),
      );
      const [outcome, fields] = reply as ["left", string[]] | ["notAMember", undefined];
      return outcome === "left" ? { outcome, room: roomOf(rid, pairs(fields)) } : { outcome };
    });
  }

  read(rid: string): Promise<RoomReading> {
    return orUnavailable(async () => {
      const fields = Object.entries(await this.#redis.hgetall(redisKeys.room(rid)));
      return { outcome: "read", room: fields.length > 0 ? roomOf(rid, fields) : undefined };
    });
  }
}

type JoinReply = ["joined" | "already", string[]] | ["full"] | ["wrongKind", RoomKind];

function joinAnswer(rid: string, reply: unknown): Exclude<RoomJoin, { readonly outcome: "unavailable" }> {
  const [outcome, detail] = reply as JoinReply;
  if (outcome === "full") return { outcome };
  if (outcome === "wrongKind") return { outcome, kind: detail };
  return { outcome, room: roomOf(rid, pairs(detail)) };
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? "", flat[2 * i + 1] ?? ""]);
}

/** Redis keeps the fields of a large hash in no order: each seat says since when it is taken. */
function roomOf(rid: string, fields: readonly (readonly [string, string])[]): RoomState {
  const { kind, version, ...seats } = Object.fromEntries(fields);
  const members = Object.entries(seats)
    .map(([sessionId, seat]) => seatOf(sessionId, seat))
    .toSorted((one, other) => one.since - other.since);
  return { rid, kind: kind as RoomKind, version: Number(version), members: members.map(({ member }) => member) };
}

/** A seat reads `pod epoch since identity`; `since` in microseconds of Redis's clock. */
function seatOf(sessionId: string, seat: string): { readonly since: number; readonly member: Member } {
  const [pod = "", epoch, since] = seat.split(" ", 3);
  const identity = JSON.parse(seat.slice(`${pod} ${epoch} ${since} `.length));
  return { since: Number(since), member: { sessionId, pod, epoch: Number(epoch), identity } };
}
