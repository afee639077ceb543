// Telling a Redis that is away from a defect.
import { ReplyError } from "ioredis";
import type { Unavailable } from "./room-store.ts";

/** What a Redis answers that can't serve just now: loading, failing over, out of memory, or a slot on the move. */
const TRANSIENT =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|OOM|MISCONF|NOREPLICAS|BUSY|UNBLOCKED)\b/;

/** Runs what needs Redis. Rejects with what Redis refuses for any other reason than not being there. */
export async function orUnavailable<T>(call: () => Promise<T>): Promise<T | Unavailable> {
  try {
    return await call();
  } catch (error) {
    // Anything but an answer of Redis is about the connection: closed, not there yet, or silent for too long.
    if (error instanceof ReplyError && !TRANSIENT.test((error as Error).message)) throw error;
    return { outcome: "unavailable" };
  }
}
