// Whose connection it is, as far as limits by address go, and whether they hold for it.
import type { IncomingMessage } from "node:http";
import { BlockList } from "node:net";
import { addressOf, isTrusted, readProxies } from "../client-address.ts";

export interface AddressSettings {
  readonly trustedProxies: string;
  readonly addressLimits: "auto" | "on" | "off";
}

export class ClientAddresses {
  /** Whether there are limits by address at all. */
  readonly limited: boolean;
  readonly #proxies: BlockList;

  /**
   * Behind a proxy that is not listed, all clients have one address: a limit would keep them all out. So by itself
   * it holds only where proxies are listed.
   */
  constructor({ trustedProxies, addressLimits }: AddressSettings) {
    this.#proxies = readProxies(trustedProxies) ?? new BlockList();
    this.limited = addressLimits === "on" || (addressLimits === "auto" && trustedProxies.trim() !== "");
  }

  of(request: IncomingMessage): string {
    return addressOf(request, this.#proxies);
  }

  /** What a listed proxy does for itself, such as looking whether the pod is alive, has no limit. */
  isLimited(address: string): boolean {
    return this.limited && !isTrusted(address, this.#proxies);
  }
}
