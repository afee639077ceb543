// Rooms in Redis: one script decides each change of a room, in the room's slot.
import type { RoomKind } from "@jongleur/protocol";
import type { Holding } from "./holding.ts";
import { ownerOf, type WriteAuthority } from "./redis-authority.ts";
import { RedisHoldings } from "./redis-holdings.ts";
import { literal, redisKeys } from "./redis-keys.ts";
import { membersOf, pairs, putOutOf, roomOf } from "./redis-room-fields.ts";
import { loadScripts, type RedisConnection, type RedisScripts } from "./redis-scripts.ts";
import type { Holder, Member } from "./room.ts";
import {
  type Expulsion,
  type ExpulsionsReading,
  MAX_BANS,
  PUT_OUT_KEPT_SECONDS,
  type RoomExpulsion,
  type RoomJoin,
  type RoomLeave,
  type RoomLock,
  type RoomReading,
  type RoomStore,
} from "./room-store.ts";

type JoinReply =
  | readonly ["joined" | "already", fields: string[]]
  | readonly ["full"]
  | readonly ["locked"]
  | readonly ["banned", end: string]
  | readonly ["putOut", mark: string]
  | readonly ["wrongKind", RoomKind, seated: 0 | 1];
type LeaveReply = readonly ["left", fields: string[]] | readonly ["notAMember"];
type ExpelledReply = readonly ["expelled", fields: string[], seats: string[], end: number];
type ExpelReply = ExpelledReply | readonly ["notThere" | "otherKind" | "tooManyBans"];
type LockReply = readonly ["done" | "notThere" | "otherKind"];

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

  async join(rid: string, member: Member, kind: RoomKind, limit: number, again = false): Promise<RoomJoin> {
    const { sessionId, identity } = member;
    const seat: Holding = ["seat", sessionId, rid];
    const keys = [redisKeys.room(rid), redisKeys.bans(rid), redisKeys.putOut(rid)] as const;
    const who = [sessionId, ownerOf(member), JSON.stringify(identity)] as const;
    const how = [kind, limit, literal(identity.uid), again ? 1 : 0] as const;
    const reply = await this.#holdings.take<JoinReply>(
      member,
      seat,
      (deadline) => this.#scripts["room-join"](...keys, deadline, ...who, ...how),
      holdsNoSeat,
    );
    return "outcome" in reply ? reply : joinAnswer(rid, sessionId, reply);
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

  async expel(rid: string, by: Holder, { sessionIds, kind, ban, reason = "" }: Expulsion): Promise<RoomExpulsion> {
    const keys = [redisKeys.room(rid), redisKeys.bans(rid), redisKeys.putOut(rid)] as const;
    const banned = ban ? ([literal(ban.uid), ban.ms] as const) : (["", 0] as const);
    const whom = sessionIds === "all" ? ["all"] : ["some", ...sessionIds];
    const args = [kind ?? "", ...banned, MAX_BANS, PUT_OUT_KEPT_SECONDS, reason, ...whom];
    const reply = await this.#holdings.take<ExpelReply>(
      by,
      ["expulsion", by.sessionId, rid],
      (deadline) => this.#scripts["room-expel"](...keys, deadline, ...args),
      ([outcome]) => outcome !== "expelled",
    );
    if ("outcome" in reply) return reply;
    if (reply[0] !== "expelled") return { outcome: reply[0] };
    const [outcome, fields, seats, end] = reply as ExpelledReply;
    const room = fields.length > 0 ? roomOf(rid, pairs(fields)) : undefined;
    return { outcome, room, members: membersOf(pairs(seats)), until: end || undefined };
  }

  async told(rid: string, by: Holder): Promise<void> {
    await this.#holdings.strike(by, ["expulsion", by.sessionId, rid]);
  }

  /** Where that fails it is told once more, and ends by itself. */
  async acknowledge(rid: string, sessionId: string): Promise<void> {
    await this.#holdings.read(() => this.#redis.hdel(redisKeys.putOut(rid), sessionId));
  }

  expulsions(rid: string): Promise<ExpulsionsReading> {
    return this.#holdings.read(async () => {
      const marks = Object.entries(await this.#redis.hgetall(redisKeys.putOut(rid)));
      return { outcome: "read", putOut: marks.map(putOutOf) };
    });
  }

  async lock(rid: string, by: Holder, locked: boolean, kind?: RoomKind): Promise<RoomLock> {
    const reply = await this.#holdings.change<LockReply>(by, (deadline) =>
      this.#scripts["room-lock"](redisKeys.room(rid), deadline, kind ?? "", locked ? 1 : 0),
    );
    return "outcome" in reply ? reply : { outcome: reply[0] };
  }
}

/** A session that is refused for the kind may have a seat all the same: by a join whose answer was lost. */
function holdsNoSeat([outcome, , seated]: JoinReply): boolean {
  return outcome === "wrongKind" ? seated === 0 : outcome !== "joined" && outcome !== "already";
}

function joinAnswer(rid: string, sessionId: string, reply: JoinReply): RoomJoin {
  const [outcome, detail] = reply;
  if (outcome === "full") return { outcome };
  if (outcome === "locked") return { outcome };
  if (outcome === "wrongKind") return { outcome, kind: detail };
  if (outcome === "banned") return { outcome, until: Number(detail) };
  if (outcome === "putOut") return { outcome, why: putOutOf([sessionId, detail]).why };
  return { outcome, room: roomOf(rid, pairs(detail)) };
}
