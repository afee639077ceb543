// Over a real connection: exactly one answer to each request that is to have one, in order, and none to a notification.
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { JWT_SECRET, openMse, tokenFor } from "../helpers/mse-client.ts";
import { type Pod, startPod } from "../helpers/pod.ts";

let pod: Pod;
beforeAll(async () => {
  pod = await startPod({ jwtSecret: JWT_SECRET });
});
afterAll(() => pod.stop());

/** What is asked, and whether it has an id, in which case its number in the frames is it. */
interface Call {
  readonly asks: (typeof ASKS)[number];
  readonly notification: boolean;
}

const ASKS = [
  "ping",
  "auth",
  "bad auth",
  "auth without token",
  "start",
  "whoami",
  "iceServers",
  "sdpOffer",
  "chat",
  "bad chat",
  "sing",
] as const;

const call: fc.Arbitrary<Call> = fc.record({ asks: fc.constantFrom(...ASKS), notification: fc.boolean() });
const frames = fc.array(fc.oneof({ weight: 3, arbitrary: call }, fc.array(call, { minLength: 1, maxLength: 6 })), {
  maxLength: 30,
});

const PARAMS: Partial<Record<Call["asks"], object>> = {
  "bad auth": { token: "bad" },
  "auth without token": {},
  sdpOffer: { offer: "o" },
  chat: { message: "m" },
  "bad chat": { message: 7 },
};

/** The rules of who is answered, as PROTOCOL-MSE.md has them. */
class Expected {
  readonly answered: number[] = [];
  #authorized = false;
  #started = false;

  note({ asks, notification }: Call, id: number): void {
    const relays = asks === "sdpOffer" || asks === "chat";
    // What is relayed is answered only if it fails.
    if (!notification && !(relays && this.#started)) this.answered.push(id);
    if (asks === "auth") this.#authorized = true;
    if (asks === "start" && this.#authorized) this.#started = true;
  }
}

test("each request that is to be answered is, once and in order, however it came", async () => {
  await fc.assert(
    fc.asyncProperty(frames, async (all) => {
      const token = await tokenFor({ roomId: randomUUID() });
      const expected = new Expected();
      let ids = 0;
      const write = (one: Call) => {
        expected.note(one, ++ids);
        const params = one.asks === "auth" ? { token } : PARAMS[one.asks];
        return {
          id: one.notification ? null : ids,
          method: one.asks.split(" ").at(one.asks === "auth without token" ? 0 : -1),
          jsonrpc: "2.0",
          params,
        };
      };
      const client = await openMse(pod.url);
      for (const frame of all) client.send(Array.isArray(frame) ? frame.map(write) : write(frame));
      const heard = await client.settled();
      client.close();
      expect(heard.flat().map((answer) => (answer as { id: unknown }).id)).toEqual(expected.answered);
    }),
    { numRuns: 150 },
  );
});
