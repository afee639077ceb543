// What signaling knows of a session: not a socket, but something that can be told things.
import type { Identity, RoomName } from "@jongleur/protocol";
import type { Outgoing, Relayed } from "./pod-bus.ts";
import type { Protocol } from "./presence-store.ts";

export interface Session {
  readonly id: string;
  readonly protocol: Protocol;
  /** Nobody is there any more: what came before is still carried out, as far as it concerns others. */
  readonly ended: boolean;
  /**
   * Hands a message over, in order, and never waits. The session puts itself as `to`, unless another
   * one is given; what it can't deliver, since nothing is attached to it just now, is dropped, and so is
   * what its protocol has no words for.
   */
  send(message: Outgoing, to?: string): void;
  /** The same for what another member says, in whichever protocol. @param room in which both are */
  hear(message: Relayed, sender: Identity, room: RoomName): void;
  /** Closes its connection behind what it was sent, for good. The session ends, as with any close. */
  dismiss(): void;
}
