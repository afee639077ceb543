// A call in a room for two, from proposal to hanging up, with messages as the JSONgle library makes them.
import type { JsonObject } from "@jongleur/protocol";
import { bothJoin } from "./room.ts";
import type { Actor, Stage } from "./stage.ts";

/** What the library puts beside `jsongle` in each message of a call; the server must keep it. */
const CALL = { namespace: "call" };

const ALICES_HOST = "192.0.2.10 50000";
const BOBS_HOST = "198.51.100.7 60000";

type Words = (action: string, description: JsonObject, reason?: string) => JsonObject;
type Tell = (speaker: Actor, ...words: Parameters<Words>) => Promise<void>;

export async function actCall(stage: Stage, rid: string): Promise<void> {
  stage.announce("A call in a room for two");
  await bothJoin(stage, "session-join", rid);
  const { alice, bob } = stage;
  const sid = crypto.randomUUID();
  // Each side knows itself by its session and the other by the room.
  const alices = wordsOf(sid, alice.id, rid);
  const bobs = wordsOf(sid, rid, bob.id);
  await propose(stage, rid, alices);
  const tell: Tell = async (speaker, ...words) => {
    const [listener, wording] = speaker === alice ? [bob, alices] : [alice, bobs];
    const jsongle = wording(...words);
    const id = speaker.say(rid, jsongle, CALL);
    await listener.hears({ id, from: rid, ...CALL, jsongle });
  };
  await setUp(stage, tell);
  await tell(alice, "session-terminate", { ended: now() });
  alice.heardAll();
  bob.heardAll();
}

/** The caller must hear `trying` before anything of the callee's: bob rings only after this. */
async function propose({ alice, bob, serverId }: Stage, rid: string, words: Words): Promise<void> {
  const proposal = words("session-propose", { initiated: now(), media: "audio" });
  const id = alice.say(rid, proposal, CALL);
  const { sid, initiator, responder } = proposal;
  await alice.hears({
    from: serverId,
    jsongle: { sid, action: "session-info", reason: "trying", initiator, responder, description: {} },
  });
  await bob.hears({ id, from: rid, ...CALL, jsongle: proposal });
}

async function setUp({ alice, bob }: Stage, tell: Tell): Promise<void> {
  await tell(bob, "session-info", { rang: now() }, "ringing");
  await tell(bob, "session-proceed", { proceeded: now() });
  await tell(alice, "session-initiate", { offering: now(), offer: { type: "offer", sdp: sdpOf(1) } });
  await tell(bob, "session-accept", { offered: now(), answer: { type: "answer", sdp: sdpOf(2) } });
  await tell(alice, "transport-info", { establishing: now(), candidate: candidateOf(ALICES_HOST) });
  await tell(bob, "transport-info", { establishing: now(), candidate: candidateOf(BOBS_HOST) });
  await tell(alice, "session-info", { actived: now() }, "active");
  await tell(bob, "session-info", { actived: now() }, "active");
}

function wordsOf(sid: string, initiator: string, responder: string): Words {
  return (action, description, reason = "") => ({ sid, action, reason, initiator, responder, description });
}

/** Enough of an SDP to be one; the server never looks inside. */
function sdpOf(session: number): string {
  return [
    "v=0",
    `o=- ${session} 1 IN IP4 0.0.0.0`,
    "s=-",
    "t=0 0",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "c=IN IP4 0.0.0.0",
    "a=rtpmap:111 opus/48000/2",
    "",
  ].join("\r\n");
}

function candidateOf(host: string): JsonObject {
  return { candidate: `candidate:1 1 udp 2122260223 ${host} typ host`, sdpMid: "0", sdpMLineIndex: 0 };
}

function now(): string {
  return new Date().toISOString();
}
