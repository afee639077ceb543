// The pod's connections, of all protocols: counted from the moment of the decision until they close.
import { type SignalingError, unavailable } from "@jongleur/protocol";

/** A pod that is full or going may be another one, or empty, by then. */
const RETRY_AFTER_MS = 2000;

export class Occupancy {
  readonly limit: number;
  #connections = 0;
  #closed = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  get connections(): number {
    return this.#connections;
  }

  /** Lets nobody in any more. */
  close(): void {
    this.#closed = true;
  }

  /** Why nobody else is let in just now; undefined if somebody is. */
  refusal(): SignalingError | undefined {
    if (this.#closed) return unavailable("The server is shutting down", RETRY_AFTER_MS);
    if (this.#connections < this.limit) return undefined;
    return unavailable(`Too many users: the limit of ${this.limit} is reached`, RETRY_AFTER_MS);
  }

  /** Counts one more. @param connection is counted until it closes */
  enter(connection: { once(event: "close", listener: () => void): unknown }): void {
    this.#connections += 1;
    connection.once("close", () => {
      this.#connections -= 1;
    });
  }
}
