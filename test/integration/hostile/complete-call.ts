// A call from the first to the last message, between two clients who have only just come.
import { randomUUID } from "node:crypto";
import { connect, type Party } from "../../helpers/party.ts";

/** Resolves once each step has reached the other side; rejects if one does not. */
export async function completeCall(url: string): Promise<void> {
  const rid = `call-${randomUUID()}`;
  const [caller, callee] = await Promise.all([connect(url), connect(url)]);
  await caller.join(rid);
  await callee.join(rid);
  const ids = { sid: randomUUID(), initiator: caller.uid, responder: callee.uid };
  const say = async (speaker: Party, action: string, reason: string | undefined = undefined) => {
    const listener = speaker === caller ? callee : caller;
    const id = speaker.send(rid, { ...ids, action, ...(reason && { reason }), description: { note: action } });
    await listener.hears((message) => message.id === id && message.jsongle.action === action);
  };
  await say(caller, "session-propose");
  await caller.hears(({ jsongle }) => jsongle.reason === "trying");
  await say(callee, "session-info", "ringing");
  await say(callee, "session-proceed");
  await say(caller, "session-initiate");
  await say(callee, "session-accept");
  await say(caller, "transport-info");
  await say(callee, "transport-info");
  await say(caller, "session-info", "active");
  await say(callee, "session-terminate");
  caller.close();
  callee.close();
}
