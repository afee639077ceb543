// What the token and the connection say of their holder.
import type { Whoami } from "@jongleur/protocol";
import type { Claims } from "./claims.ts";

export function whoamiOf({ domain, agent, role, userId, roomId, iat, nbf, exp }: Claims, ipAddress: string): Whoami {
  return {
    domain,
    agent,
    role,
    userId,
    roomId,
    ipAddress,
    tokenIssued: isoDate(iat),
    validFrom: isoDate(nbf),
    validTo: isoDate(exp),
  };
}

/** @param seconds since 1970 */
function isoDate(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString();
}
