// Gives members of rooms the STUN and TURN servers for their calls, and nobody else.
import type { IceServers } from "@jongleur/protocol";
import type { Rejections } from "../rejections.ts";
import type { Allowance } from "./allowance.ts";
import { readStunUrls, readTurnUrls } from "./server-urls.ts";
import { createTurnCredential, turnUserOf } from "./turn-credential.ts";

interface IceSettings {
  readonly stunUrls: string;
  readonly turnUrls: string;
  readonly turnSecret?: string | undefined;
  readonly turnTtlSeconds: number;
}

export interface IceDeskParts {
  readonly settings: IceSettings;
  readonly allowance: Allowance;
  readonly rejections: Rejections;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export type IceOutcome =
  | { readonly outcome: "given"; readonly servers: IceServers }
  | { readonly outcome: "notSeated" }
  | { readonly outcome: "tooMany"; readonly retryAfterMs: number };

export class IceDesk {
  /** TURN credentials that it has given. */
  given = 0;
  readonly #parts: IceDeskParts;
  readonly #stunUrls: readonly string[];
  readonly #turnUrls: readonly string[];

  constructor(parts: IceDeskParts) {
    this.#parts = parts;
    this.#stunUrls = readStunUrls(parts.settings.stunUrls) ?? [];
    this.#turnUrls = readTurnUrls(parts.settings.turnUrls) ?? [];
  }

  /** @param isSeated whether who asks is in the room that it asks for */
  async ask(uid: string, isSeated: () => boolean): Promise<IceOutcome> {
    if (!isSeated()) return this.#notSeated();
    const retryAfterMs = await this.#parts.allowance.take(turnUserOf(uid));
    if (retryAfterMs > 0) {
      this.#parts.rejections.add("ice_rate");
      return { outcome: "tooMany", retryAfterMs };
    }
    // A seat can be lost meanwhile.
    return isSeated() ? { outcome: "given", servers: this.#serversFor(uid) } : this.#notSeated();
  }

  #notSeated(): IceOutcome {
    this.#parts.rejections.add("ice_not_seated");
    return { outcome: "notSeated" };
  }

  #serversFor(uid: string): IceServers {
    const { settings, now } = this.#parts;
    const ttl = settings.turnTtlSeconds;
    const expires = Math.floor(now() / 1000) + ttl;
    const iceServers: IceServers["iceServers"] = [];
    if (this.#stunUrls.length > 0) iceServers.push({ urls: [...this.#stunUrls] });
    if (this.#turnUrls.length > 0 && settings.turnSecret !== undefined) {
      this.given += 1;
      iceServers.push({ urls: [...this.#turnUrls], ...createTurnCredential(settings.turnSecret, uid, expires) });
    }
    return { iceServers, expires: new Date(expires * 1000).toISOString(), ttl };
  }
}
