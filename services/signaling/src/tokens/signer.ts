// Makes tokens, for trying things out: in production whoever knows the users does that.
import { SignJWT } from "jose";

export interface TokenKey {
  readonly secret: string;
  /** Empty for none. */
  readonly issuer: string;
  readonly audience: string;
}

export interface TokenTerms extends TokenKey {
  /** From now on. */
  readonly seconds: number;
}

/** Signs with HS256. @param claims those that are undefined are left out */
export function signToken(claims: Readonly<Record<string, unknown>>, terms: TokenTerms): Promise<string> {
  const { secret, issuer, audience, seconds } = terms;
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ ...claims, ...(issuer && { iss: issuer }), ...(audience && { aud: audience }) })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt(now)
    .setExpirationTime(now + seconds)
    .sign(new TextEncoder().encode(secret));
}
