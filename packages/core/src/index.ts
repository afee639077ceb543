// Signaling behind its ports: what a gateway hands sessions to, and what keeps rooms and presence.
export { BOUNDS, Durations } from "./durations.ts";
export type { Holding } from "./holding.ts";
export { Inbox } from "./inbox.ts";
export { type Fact, type Journal, noJournal } from "./journal.ts";
export { MemoryJournal } from "./memory-journal.ts";
export { MemoryPodNetwork } from "./memory-pod-bus.ts";
export { MemoryPresenceStore } from "./memory-presence-store.ts";
export { MemoryRoomStore } from "./memory-room-store.ts";
export type {
  CloseOutcome,
  DisconnectOutcome,
  KickOrder,
  KickOutcome,
  KickTarget,
  LockOutcome,
  Moderation,
  RoomOrder,
} from "./moderation.ts";
export type { Outgoing, Parcel, ParcelReceiver, PodBus, Relayed } from "./pod-bus.ts";
export type { PresenceEntry, PresenceStore, UserReading } from "./presence-store.ts";
export type { Owner, WriteAuthority } from "./redis-authority.ts";
export { BusTally } from "./redis-bus-tally.ts";
export { RedisLease, type RedisLeaseParts } from "./redis-lease.ts";
export { RedisPodBus, type RedisPodBusParts } from "./redis-pod-bus.ts";
export { type ListedPod, type PodCard, RedisPodCards } from "./redis-pod-cards.ts";
export { RedisPresenceStore } from "./redis-presence-store.ts";
export { type Reaped, RedisReaper, type RedisReaperParts } from "./redis-reaper.ts";
export { RedisRoomStore } from "./redis-room-store.ts";
export { type KeptTotals, type Reading, RedisTotals } from "./redis-totals.ts";
export type { Holder, Member, RoomState } from "./room.ts";
export { MAX_BANS, type RoomStore } from "./room-store.ts";
export type { JoinOutcome, LeaveOutcome, SignalingLimits, WantedRoom } from "./seating.ts";
export type { Session } from "./session.ts";
export { type HelloOutcome, Signaling, type Standing } from "./signaling.ts";
export { JOIN_OUTCOMES, RELAY_CLASSES, RELAY_OUTCOMES, type RelayClass, Tally } from "./tally.ts";
export {
  addTotals,
  isCumulative,
  type Metric,
  readTotals,
  type Series,
  type Totals,
  totalsOf,
  writeTotals,
} from "./totals.ts";
