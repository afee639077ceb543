// A JSONgle session: its id is its own, the socket is where it is attached just now.
import { Inbox, type Outgoing, type Relayed, type Session } from "@jongleur/core";
import {
  address,
  buildTextOfChat,
  type Grants,
  type Identity,
  JSONGLE_EVENT,
  NO_GRANTS,
  type RoomName,
} from "@jongleur/protocol";
import type { Socket } from "socket.io";
import { Allowances } from "../limits/message-limits.ts";
import type { Bearer } from "../tokens/bearer.ts";

/** Messages of a client, and their bytes, that may wait for one that takes time, as a join does. */
const MAX_WAITING = { tasks: 1000, size: 2_000_000 };

export class JsongleSession implements Session {
  readonly protocol = "jsongle";
  readonly id: string;
  readonly inbox = new Inbox(MAX_WAITING);
  /** Of the token that was accepted last; undefined where none was shown. */
  bearer: Bearer | undefined;
  readonly allowances = new Allowances();
  /** Of whose end the client has been told. */
  toldOf: Bearer | undefined;
  /** Address of the client, behind proxies that are trusted. */
  readonly peer: string;
  readonly #socket: Socket;

  constructor(socket: Socket, peer: string, bearer: Bearer | undefined) {
    this.id = socket.id;
    this.peer = peer;
    this.bearer = bearer;
    this.#socket = socket;
  }

  get grants(): Grants {
    return this.bearer?.grants ?? NO_GRANTS;
  }

  get ended(): boolean {
    return this.inbox.ended;
  }

  /** Ends the session by itself; a client of Socket.IO does not come back by itself then. */
  dismiss(): void {
    this.#socket.disconnect();
  }

  send(message: Outgoing, to = this.id): void {
    this.#socket.emit(JSONGLE_EVENT, address(message, to));
  }

  hear(message: Relayed, sender: Identity, room: RoomName): void {
    // By what the server has made: a client may put an `mse` of its own beside its `jsongle`.
    const text = "jsongle" in message ? message : buildTextOfChat(message, sender.uid, room);
    if (text) this.send(text);
  }
}
