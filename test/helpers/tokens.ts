// Tokens as the tests' pods accept them, for clients of JSONgle.
import { type JWTPayload, SignJWT } from "jose";
import { JWT_SECRET } from "./mse-client.ts";

const seconds = () => Math.floor(Date.now() / 1000);

/** @param claims over those that are needed; undefined takes one away */
export function tokenOf(
  sub: string,
  claims: Readonly<Record<string, unknown>> = {},
  secret = JWT_SECRET,
): Promise<string> {
  const all = { sub, exp: seconds() + 600, ...claims };
  return new SignJWT(all as JWTPayload).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(secret));
}
