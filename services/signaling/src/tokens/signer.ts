// Makes tokens, for trying things out: in production whoever knows the users does that.
import { SignJWT } from "jose";

export interface TokenContent {
  readonly userId: string;
  readonly roomId: string;
  readonly domain?: string | undefined;
}

export interface TokenTerms {
  readonly secret: string;
  /** Empty for none. */
  readonly issuer: string;
  readonly audience: string;
  /** From now on. */
  readonly seconds: number;
}

/** Signs with HS256. */
export function signToken({ userId, roomId, domain }: TokenContent, terms: TokenTerms): Promise<string> {
  const { secret, issuer, audience, seconds } = terms;
  const claims = { userId, roomId, domain, ...(issuer && { iss: issuer }), ...(audience && { aud: audience }) };
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt(now)
    .setExpirationTime(now + seconds)
    .sign(new TextEncoder().encode(secret));
}
