// Tokens as the tests' pods accept them, for clients of JSONgle.
import { randomUUID } from "node:crypto";
import { type JWTPayload, SignJWT } from "jose";
import { JWT_SECRET } from "./mse-client.ts";
import { connect, type Party } from "./party.ts";

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

/** Connects with a token, to a pod that needs one. */
export async function enterJsongle(
  url: string,
  uid: string = `user-${randomUUID()}`,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<Party> {
  return connect(url, uid, { token: await tokenOf(uid, claims) });
}
