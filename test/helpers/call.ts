// A call between two clients, from the proposal to the end.
import { randomUUID } from "node:crypto";
import type { JsonObject } from "@jongleur/protocol";
import type { Party } from "./party.ts";
import { arrives } from "./refusals.ts";

/** Completes a call: each step is taken once the other side has heard the one before. @throws if one is refused */
export async function call(rid: string, caller: Party, callee: Party): Promise<void> {
  const sid = randomUUID();
  const say = (speaker: Party, listener: Party, action: string, more: JsonObject = {}) => {
    const jsongle = { sid, action, reason: "", description: {}, ...more };
    return arrives(rid, speaker, [listener], jsongle, { namespace: "call" });
  };
  await say(caller, callee, "session-propose", { initiator: caller.id, responder: callee.id });
  await say(callee, caller, "session-info", { reason: "ringing" });
  await say(callee, caller, "session-proceed");
  await say(caller, callee, "session-initiate", { description: { offer: { type: "offer", sdp: "v=0" } } });
  await say(callee, caller, "session-accept", { description: { answer: { type: "answer", sdp: "v=0" } } });
  await say(caller, callee, "transport-info", { description: { candidate: "1" } });
  await say(callee, caller, "transport-info", { description: { candidate: "2" } });
  await say(caller, callee, "session-terminate", { reason: "success" });
}
