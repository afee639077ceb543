// What members of a room hear, as text: written once for all of them who are on this pod.
import type { Relayed } from "@jongleur/core";
import { buildChatOfText, buildRelayedNotification } from "@jongleur/protocol";

export class Notifications {
  #latest: Relayed | undefined;
  #text: Buffer | undefined;

  /** @param sender its uid @returns undefined for what MSE has no words for */
  write(message: Relayed, sender: string): Buffer | undefined {
    if (message !== this.#latest) {
      // By what the server has made: a client of JSONgle may put an `mse` of its own beside its `jsongle`.
      const notification =
        "jsongle" in message ? buildChatOfText(message, sender) : buildRelayedNotification(message.mse, sender);
      this.#text = notification && Buffer.from(JSON.stringify(notification));
      this.#latest = message;
    }
    return this.#text;
  }
}
