// Whether an address may open one more connection: looked at before anything of the connection is.
import type { Logger } from "@jongleur/runtime";
import type { RejectionReason, Rejections } from "../rejections.ts";
import { prefixOf } from "./address-prefix.ts";
import type { AuthFailures } from "./auth-failures.ts";
import type { ClientAddresses } from "./client-addresses.ts";
import { Bucket, type Rate } from "./rate.ts";

export interface GateParts {
  readonly addresses: ClientAddresses;
  readonly failures: AuthFailures;
  readonly rejections: Rejections;
  readonly logger: Logger;
  /** Open connections of an address at this pod; 0 for no limit. */
  readonly mostConnections: number;
  /** Of new connections of an address; undefined for no limit. */
  readonly connectionRate: Rate | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** Why a connection is not opened. */
export interface Turned {
  readonly reason: RejectionReason;
  readonly details: string;
  /** Milliseconds after which it is worth trying again. */
  readonly retryAfterMs: number;
}

interface Visitor {
  open: number;
  readonly opened: Bucket;
}

/** One of the connections may have closed by then. */
const CONNECTIONS_RETRY_MS = 5000;

/** So many open connections of one address look like a proxy that nobody has listed. */
const CROWD = 1000;

/** How often what nobody needs any more is forgotten. */
const SWEEP_MS = 10_000;

export class AddressGate {
  readonly #parts: GateParts;
  readonly #visitors = new Map<string, Visitor>();
  #warned = false;

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** @returns what ends it */
  start(): () => void {
    const sweeping = setInterval(() => this.#sweep(), SWEEP_MS);
    return () => clearInterval(sweeping);
  }

  /** Whether a new connection of the address is turned away; if so, it is counted. */
  turnAway(address: string): Turned | undefined {
    const { addresses, rejections, logger } = this.#parts;
    const turned = addresses.isLimited(address) ? this.#find(address) : undefined;
    if (!turned) return undefined;
    rejections.add(turned.reason);
    logger.info({ peer: address, reason: turned.reason }, "connection refused");
    this.#warn("connections are refused by their address: is it that of a proxy that trustedProxies does not list?");
    return turned;
  }

  /** Counts a connection until it closes. */
  enter(address: string, connection: { once(event: "close", listener: () => void): unknown }): void {
    const visitor = this.#visitor(prefixOf(address));
    visitor.open += 1;
    connection.once("close", () => {
      visitor.open -= 1;
    });
    const { limited } = this.#parts.addresses;
    if (!limited && visitor.open > CROWD) {
      this.#warn(`over ${CROWD} connections have one address: a proxy should be listed in trustedProxies`);
    }
  }

  #find(address: string): Turned | undefined {
    const { failures, mostConnections, connectionRate, now } = this.#parts;
    const blocked = failures.blockedFor(address);
    if (blocked > 0) return blockedAddress(blocked);
    const visitor = this.#visitor(prefixOf(address));
    if (mostConnections > 0 && visitor.open >= mostConnections) {
      const details = `Too many connections from this address: the limit of ${mostConnections} is reached`;
      return { reason: "address_connections", details, retryAfterMs: CONNECTIONS_RETRY_MS };
    }
    const time = now();
    if (!connectionRate || visitor.opened.take(connectionRate, time)) return undefined;
    const retryAfterMs = visitor.opened.wait(connectionRate, time);
    return { reason: "address_rate", details: "Too many new connections from this address", retryAfterMs };
  }

  #visitor(prefix: string): Visitor {
    const known = this.#visitors.get(prefix);
    if (known) return known;
    const visitor = { open: 0, opened: new Bucket() };
    this.#visitors.set(prefix, visitor);
    return visitor;
  }

  /** Once: that it happens is what has to be known. */
  #warn(message: string): void {
    if (!this.#warned) this.#parts.logger.warn(message);
    this.#warned = true;
  }

  #sweep(): void {
    const now = this.#parts.now();
    this.#parts.failures.sweep();
    for (const [prefix, { open, opened }] of this.#visitors) {
      if (open === 0 && opened.isFull(now)) this.#visitors.delete(prefix);
    }
  }
}

/** @param retryAfterMs until the address is looked at again */
export function blockedAddress(retryAfterMs: number): Turned {
  return { reason: "address_blocked", details: "Too many bad tokens from this address", retryAfterMs };
}
