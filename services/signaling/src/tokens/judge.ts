// The one place where a token that a client of JSONgle shows is judged, at the handshake and later.
import { type SignalingError, unavailable } from "@jongleur/protocol";
import { type Bearer, readBearer } from "./bearer.ts";
import type { VerifyToken } from "./verifier.ts";

export type Judgement =
  | { readonly bearer: Bearer }
  /** With the reason for those who run the service, where the token is to blame. */
  | { readonly refusal: SignalingError; readonly reason?: string };

/** @param token as it came, of any type */
export async function judge(verify: VerifyToken, token: unknown): Promise<Judgement> {
  if (token === undefined) return refused("it is missing");
  if (typeof token !== "string") return refused("it is no text");
  const verification = await verify(token);
  if (verification.outcome === "unavailable")
    return { refusal: unavailable("The keys of tokens can't be had just now: try again") };
  if (verification.outcome === "refused") return refused(verification.reason);
  const read = readBearer(verification.payload);
  return "fault" in read ? refused(read.fault) : read;
}

function refused(reason: string): Judgement {
  return { refusal: { error: "badToken", details: `The token (JWT) is refused: ${reason}` }, reason };
}
