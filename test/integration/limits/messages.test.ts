// How much a session may send of each kind, and what becomes of one that goes on (PROTOCOL.md, "Rates").
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { RequestFactory } from "@jongleur/protocol";
import { io } from "socket.io-client";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { floodOnce } from "../../helpers/bare-socket.ts";
import { eventually } from "../../helpers/eventually.ts";
import { figure } from "../../helpers/figures.ts";
import { JWT_SECRET, startMse } from "../../helpers/mse-client.ts";
import { action, connect, errorCode, type Party, settle } from "../../helpers/party.ts";
import { APP_TOKEN, type Pod, startPod } from "../../helpers/pod.ts";
import { rejections } from "../../helpers/rejections.ts";

let pod: Pod;
beforeAll(async () => {
  // A second is long here: what comes back meanwhile must not matter.
  const rates = { candidateRate: "1/20", chatRate: "1/20", controlRate: "50/500", joinRate: "1/4" };
  pod = await startPod({ jwtSecret: JWT_SECRET, jwtRequired: "false", ...rates });
});
afterAll(() => pod.stop());

async function pair(url = pod.url): Promise<[Party, Party, string]> {
  const rid = randomUUID();
  const [alice, bob] = [await connect(url), await connect(url)];
  await alice.join(rid);
  await bob.join(rid);
  return [alice, bob, rid];
}

interface Refusal {
  readonly retryAfterMs: number;
  readonly errorDetails: string;
}

const tooMany = (party: Party) => party.heard.filter((message) => errorCode(message) === 429_001);

test.each([
  ["candidates", "transport-info", "session-text"],
  ["texts", "session-text", "transport-info"],
  ["events", "session-event", "transport-info"],
])("%s beyond the rate are refused with 429001, others of the session are not", async (_what, flooded, other) => {
  const [alice, bob, rid] = await pair();
  const sent = Array.from({ length: 40 }, () => alice.send(rid, { action: flooded, description: {} }));
  const calm = alice.send(rid, { action: other, description: {} });
  await bob.hears(({ id }) => id === calm);
  await settle(alice);
  const heard = bob.heard.filter(action(flooded)).map(({ id }) => id);
  expect(heard.slice(0, 20)).toEqual(sent.slice(0, 20));
  expect(heard.length + tooMany(alice).length).toBe(40);
  expect(tooMany(alice).length).toBeGreaterThan(10);
  const { retryAfterMs, errorDetails } = tooMany(alice).at(-1)!.jsongle.description as unknown as Refusal;
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(retryAfterMs).toBeLessThanOrEqual(1000);
  expect(errorDetails).toContain("1 a second may come, 20 at once");
  // Who waits as long as it was told is heard again; a timer may be early by a moment.
  await sleep(retryAfterMs + 10);
  const again = alice.send(rid, { action: flooded, description: {} });
  await bob.hears(({ id }) => id === again);
});

test("joins beyond the rate get an iq-error 429001, and take no seat", async () => {
  const party = await connect(pod.url);
  const before = await rejections(pod, "join_rate");
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => party.join(`joiner ${n}`)));
  const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  expect(outcomes.slice(0, 4).map(({ status }) => status)).toEqual(Array(4).fill("fulfilled"));
  expect(refused.length).toBeGreaterThan(3);
  expect(refused).toEqual(refused.map(() => expect.objectContaining({ code: 429_001 })));
  expect((await fetch(`${pod.rest}/rooms/${encodeURIComponent("joiner 9")}`)).status).toBe(404);
  expect(await rejections(pod, "join_rate")).toBe(before + refused.length);
});

test("a joiner that goes on is closed, and does not come back by itself; its rooms are free", async () => {
  const joiner = await connect(pod.url);
  const before = await rejections(pod, "flood");
  const closed = Promise.withResolvers<string>();
  const bare = io(pod.url, { transports: ["websocket"], forceNew: true, auth: { appToken: APP_TOKEN } });
  onTestFinished(() => void bare.disconnect());
  bare.on("disconnect", (reason) => closed.resolve(reason));
  const heard: { jsongle: { description?: { errorCode?: number; errorDetails?: string } } }[] = [];
  bare.on("jsongle", (message) => heard.push(message));
  await eventually(() => expect(heard).toHaveLength(1));
  const hello = { action: "iq-result", query: "session-hello", description: { uid: "joiner" } };
  const join = (n: number) => ({ action: "iq-set", query: "session-join", description: { rid: `flood ${n}` } });
  for (const jsongle of [hello, ...Array.from({ length: 2000 }, (_, n) => join(n))]) {
    bare.emit("jsongle", { id: "1", to: "jsongle-server", jsongle });
  }
  expect(await closed.promise).toBe("io server disconnect");
  expect(bare.active).toBe(false);
  const last = heard.at(-1)?.jsongle.description;
  expect(last).toMatchObject({ errorCode: 429_001, errorDetails: expect.stringContaining("the connection is closed") });
  expect(await rejections(pod, "flood")).toBe(before + 1);
  await eventually(async () => expect((await fetch(`${pod.rest}/users/joiner`)).status).toBe(404));
  expect(await joiner.join("flood 0")).toMatchObject({ members: [] });
});

test("what nobody reads, as events of other names, counts as well", async () => {
  const closed = Promise.withResolvers<string>();
  const bare = io(pod.url, { transports: ["websocket"], forceNew: true, auth: { appToken: APP_TOKEN } });
  onTestFinished(() => void bare.disconnect());
  bare.on("disconnect", (reason) => closed.resolve(reason));
  bare.on("connect", () => {
    for (let n = 0; n < 3000; n++) bare.emit("nonsense", n);
  });
  expect(await closed.promise).toBe("io server disconnect");
});

test("by MSE what is beyond gets -32002 if it has an id, and who goes on is closed with 1008", async () => {
  const roomId = randomUUID();
  const [mia, max] = [await startMse(pod.url, "mia", roomId), await startMse(pod.url, "max", roomId)];
  const candidate = (id: number | null) => ({
    id,
    method: "iceCandidate",
    jsonrpc: "2.0",
    params: { candidate: "c" },
  });
  for (let n = 0; n < 30; n++) mia.send(candidate(null));
  for (let n = 0; n < 10; n++) mia.send(candidate(n));
  const told = await mia.settled();
  expect(told.length).toBeGreaterThan(5);
  const refusal = {
    error: { code: -32_002, message: "Too Many Requests", data: { retryAfterMs: expect.any(Number) } },
  };
  for (const answer of told) expect(answer).toMatchObject(refusal);
  mia.send(RequestFactory.chat({ message: "still here" }));
  await eventually(() => expect(max.heard.at(-1)).toMatchObject({ method: "chat" }));
  expect(max.heard.length - 1).toBeLessThan(40 - told.length + 1);
  // A batch of 50 at a time counts as 50.
  for (let n = 0; n < 10; n++) mia.send(Array.from({ length: 50 }, () => candidate(null)));
  await eventually(() => expect(mia.closeCode()).toBe(1008));
  expect(await max.settled()).toHaveLength(max.heard.length);
  max.close();
});

test("while one floods a room with candidates, what others say elsewhere arrives in order and about as soon", {
  timeout: 60_000,
}, async () => {
  const open = await startPod({ candidateRate: "500/1000" });
  onTestFinished(async () => void (await open.stop()));
  const port = Number(new URL(open.url).port);
  const [alice, bob, rid] = await pair(open.url);
  const said: number[] = [];
  let arrived = () => {};
  bob.listen(({ jsongle }) => {
    if (jsongle.action !== "session-text") return;
    said.push((jsongle.description as { n: number }).n);
    arrived();
  });
  /** Says so many things, each when the one before has arrived. @returns how long each took, sorted */
  const talk = async (from: number, count: number) => {
    const times: number[] = [];
    for (let n = from; n < from + count; n++) {
      const start = performance.now();
      const heard = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      alice.send(rid, { action: "session-text", description: { n } });
      await heard;
      times.push(performance.now() - start);
    }
    return times.sort((one, other) => one - other);
  };
  await talk(0, 200);
  const before = await talk(200, 500);
  const victim = await connect(open.url);
  await victim.join("flooded");
  // Who is thrown out comes back at once, and goes on.
  let [flooding, floods] = [true, 0];
  const begun = performance.now();
  const flood = (async () => {
    while (flooding) {
      await floodOnce(port, `flooder-${floods}`, "flooded");
      floods += 1;
    }
  })();
  const during: number[] = [];
  for (let from = 700; floods < 3 || during.length < 500; from += 100) during.push(...(await talk(from, 100)));
  flooding = false;
  await flood;
  during.sort((one, other) => one - other);
  expect(said).toEqual(Array.from({ length: said.length }, (_, n) => n));
  // What got through is what the rate allows: the bursts, and what came back until each was thrown out.
  await settle(victim);
  const relayed = victim.heard.filter(action("transport-info")).length;
  expect(relayed).toBeLessThanOrEqual(floods * 1000 + 500 * Math.ceil((performance.now() - begun) / 1000));
  expect(await rejections(open, "flood")).toBe(floods);
  const p95 = (times: readonly number[]) => times[Math.floor(times.length * 0.95)]!;
  figure("p95 of others' chat without and with a flood", `${p95(before).toFixed(1)} ms, ${p95(during).toFixed(1)} ms`);
  figure("of that flood", `${floods} sessions were thrown out, ${relayed} candidates got through`);
  // The middle, as a busy machine has pauses of its own, and room for those.
  const middle = (times: readonly number[]) => times[Math.floor(times.length / 2)]!;
  expect(middle(during)).toBeLessThan(10 * middle(before) + 100);
});
