// The demo by MSE: two clients exchange offer, answer, candidates and chat, each at another pod if it can be.
import { type JsonObject, RequestFactory } from "@jongleur/protocol";
import { signToken, type TokenKey } from "../tokens/signer.ts";
import type { Step } from "./ladder.ts";
import { enterMse, type MseActor } from "./mse-actor.ts";
import { DemoFailure } from "./stage.ts";

/** How often bob asks for another pod than alice's: where there is only one, in vain. */
const MOVES = 3;

/** Seconds. */
const LIFE = 60;

export interface MseStage {
  readonly alice: MseActor;
  readonly bob: MseActor;
  readonly steps: Step[];
}

export async function openMseStage(url: string): Promise<MseStage> {
  const steps: Step[] = [];
  const alice = await enterMse("alice", url, steps);
  let bob = await enterMse("bob", url, steps);
  for (let moves = 0; moves < MOVES && bob.pod === alice.pod; moves++) {
    const other = await enterMse("bob", url, steps);
    bob.close();
    bob = other;
  }
  return { alice, bob, steps };
}

/** Rejects with a DemoFailure when something else happens than it should. */
export async function actMse(
  { alice, bob, steps }: MseStage,
  key: TokenKey | undefined,
  roomId: string,
): Promise<void> {
  steps.push({ heading: "A call and a chat by MSE" });
  for (const actor of [alice, bob]) await start(actor, key, roomId);
  const candidate = (host: string) => ({ candidate: `candidate:1 1 udp 2122260223 ${host} typ host`, sdpMid: "0" });
  await tell(alice, bob, RequestFactory.sdpOffer({ type: "offer", sdp: "v=0\r\n" }));
  await tell(bob, alice, RequestFactory.sdpAnswer({ type: "answer", sdp: "v=0\r\n" }));
  await tell(alice, bob, RequestFactory.iceCandidate(candidate("192.0.2.10 50000")));
  await tell(bob, alice, RequestFactory.iceCandidate(candidate("198.51.100.7 60000")));
  await tell(alice, bob, RequestFactory.chat({ message: "Hello, Bob!" }));
  await tell(bob, alice, RequestFactory.chat({ to: ["alice"], message: "Hi, Alice!" }));
  for (const actor of [bob, alice]) {
    actor.say(RequestFactory.disconnect());
    await actor.isClosed();
  }
}

async function start(actor: MseActor, key: TokenKey | undefined, roomId: string): Promise<void> {
  if (!key) throw new DemoFailure("There is no secret to sign tokens with: set jwtSecret for the pod and the demo.");
  actor.say(RequestFactory.auth(await signToken({ userId: actor.uid, roomId }, { ...key, seconds: LIFE })));
  await actor.hears({ result: "authenticated" });
  actor.say(RequestFactory.start());
  await actor.hears({ result: "started" });
}

/** What one says the other hears, as it was said, with its sender if it is a chat. */
async function tell(speaker: MseActor, listener: MseActor, text: string): Promise<void> {
  speaker.say(text);
  const { method, params } = JSON.parse(text) as { method: string; params: JsonObject };
  await listener.hears({ method, params: method === "chat" ? { ...params, from: speaker.uid } : params });
}
