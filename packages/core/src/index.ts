// Signaling behind its ports: what a gateway hands sessions to, and what keeps rooms and presence.
export { Inbox } from "./inbox.ts";
export { type Fact, type Journal, noJournal } from "./journal.ts";
export { MemoryJournal } from "./memory-journal.ts";
export { MemoryPodNetwork } from "./memory-pod-bus.ts";
export { MemoryPresenceStore } from "./memory-presence-store.ts";
export { MemoryRoomStore } from "./memory-room-store.ts";
export type { Outgoing, Parcel, PodBus } from "./pod-bus.ts";
export type { PresenceEntry, PresenceStore, UserReading } from "./presence-store.ts";
export { RedisPresenceStore } from "./redis-presence-store.ts";
export { RedisRoomStore } from "./redis-room-store.ts";
export type { Holder, Member, RoomState } from "./room.ts";
export type { RoomStore } from "./room-store.ts";
export type { Session } from "./session.ts";
export { type JoinOutcome, type LeaveOutcome, Signaling, type SignalingLimits, type Standing } from "./signaling.ts";
export { JOIN_OUTCOMES, Tally } from "./tally.ts";
