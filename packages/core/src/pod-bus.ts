// Port: parcels from pod to pod.
import type { ServerMessage, Unaddressed } from "@jongleur/protocol";
import type { RoomChange } from "./room.ts";

/** Something that the receiving pod's own members of a room have to be told. */
export type Parcel =
  /** Built by the sending pod; each recipient's own pod only addresses it. */
  | { readonly rid: string; readonly kind: "message"; readonly message: Outgoing }
  | ({ readonly rid: string } & RoomChange);

/** A message that lacks only its recipient. */
export type Outgoing = Unaddressed<ServerMessage>;

/** Parcels from one pod to another arrive once and in the order in which they were sent. Nothing is stored. */
export interface PodBus {
  /** Never waits: what is sent in one tick may travel together. */
  send(pod: string, parcel: Parcel): void;
  /** Whom incoming parcels are handed to; called once, before any traffic. */
  receive(receiver: (parcel: Parcel) => void): void;
}
