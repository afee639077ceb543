// Port: parcels from pod to pod.
import type { MseRelay, RelayedMessage, ServerMessage, Unaddressed } from "@jongleur/protocol";
import type { RoomChange } from "./room.ts";

/** Something that another pod has to know about rooms in which both have members. */
export type Parcel =
  /** For the receiving pod's own members of a room. Built by the sending pod; the receiving one only addresses it. */
  | ({ readonly rid: string; readonly kind: "message" } & Said)
  | ({ readonly rid: string } & RoomChange)
  /** These sessions of the receiving pod are to be put out of the service. */
  | { readonly kind: "dismiss"; readonly sessionIds: readonly string[]; readonly reason?: string | undefined }
  /** The store knows nothing of these members of the receiving pod: are they there? */
  | { readonly rid: string; readonly kind: "missing"; readonly sessionIds: readonly string[] }
  /** They are, and are being seated again. */
  | { readonly rid: string; readonly kind: "present"; readonly sessionIds: readonly string[] }
  /** A message that nobody got, since the receiving pod's members know nothing of its sender. */
  | { readonly rid: string; readonly kind: "bounced"; readonly sender: string; readonly mid: string }
  /** What the sending pod knows of the rooms that it believes to share with the receiving one. */
  | { readonly kind: "digest"; readonly versions: readonly (readonly [rid: string, version: number])[] };

/** What a member says to others in its room. */
export interface Said {
  /** Its session id. */
  readonly sender: string;
  readonly message: Relayed;
  /** uids of those whom it is for; all others if absent. */
  readonly only?: readonly string[] | undefined;
}

/** What the server says. It lacks only its recipient. */
export type Outgoing = Unaddressed<ServerMessage>;

/** A member's message in the protocol of its sender. */
export type Relayed = Unaddressed<RelayedMessage> | MseRelay;

export interface ParcelReceiver {
  onParcel(parcel: Parcel, from: string): void;
  /** A parcel for the pod has not arrived, or perhaps not. */
  onUndelivered(pod: string, parcel: Parcel): void;
  /** Parcels have been missed: of the pod, or of any if none is named. */
  onMissed(pod?: string): void;
}

/**
 * Parcels from one pod to another arrive once and in the order in which they were sent, or not at all: then
 * the sender or the receiver learns of it. Nothing is stored.
 */
export interface PodBus {
  /** False while what is sent to the pod would not get there: the bus is cut off, or too much is waiting already. */
  reaches(pod: string): boolean;
  /** Never waits: what is sent in one tick travels together. */
  send(pod: string, parcel: Parcel): void;
  /**
   * Waits until all that was sent to the pod is there, and all that it had sent by then is here.
   * @returns false if it does not answer in time
   */
  settle(pod: string): Promise<boolean>;
  /** Whom incoming parcels are handed to; called once, before any traffic. */
  receive(receiver: ParcelReceiver): void;
}
