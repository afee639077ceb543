// Who is given STUN and TURN servers, how often, and what they are given (PROTOCOL.md, "STUN and TURN servers").
import { createHmac, randomUUID } from "node:crypto";
import type { Received } from "@jongleur/client";
import { type IceServers, RequestFactory, ResponseAdapter } from "@jongleur/protocol";
import { readSignalingConfig } from "@jongleur/signaling/settings";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { enterMse, JWT_SECRET, type MseClient, openMse, startMse } from "../helpers/mse-client.ts";
import { connect, errorCode, type Party } from "../helpers/party.ts";
import { type Pod, startPod } from "../helpers/pod.ts";
import { readMetric } from "../helpers/pods.ts";
import { startRedisServer } from "../provision/redis-server.ts";

const SECRET = "the secret that pods and TURN servers know";
const TURN_URLS = ["turn:turn.example.com:3478?transport=udp", "turns:turn.example.com:443?transport=tcp"];
const TURN = {
  stunUrls: "stun:stun.example.com",
  turnUrls: TURN_URLS.join(", "),
  turnSecret: SECRET,
  jwtSecret: JWT_SECRET,
  jwtRequired: "false",
};
const PER_MINUTE = 30;

let pod: Pod;
beforeAll(async () => {
  pod = await startPod(TURN);
});
afterAll(() => pod.stop());

const ask = (party: Party, rid?: string) => party.iceServers(rid);
const askMse = (client: MseClient) => client.ask(RequestFactory.iceServers());
const code = (request: Promise<unknown>) => request.then(() => "given").catch((error: { code: number }) => error.code);

/** What an RTCPeerConnection is to be given for this user. */
function checkServers({ iceServers, expires, ttl }: IceServers, uid: string): void {
  const seconds = Date.parse(expires) / 1000;
  const username = `${seconds}:${uid}`;
  const credential = createHmac("sha1", SECRET).update(username).digest("base64");
  expect(iceServers).toEqual([{ urls: ["stun:stun.example.com"] }, { urls: TURN_URLS, username, credential }]);
  expect(ttl).toBe(600);
  expect(Math.abs(seconds - ttl - Date.now() / 1000)).toBeLessThan(30);
}

async function rejections(reason: string): Promise<number> {
  const metrics = await (await fetch(`${pod.rest}/metrics`)).text();
  return Number(new RegExp(`^jongleur_rejected_total\\{reason="${reason}"\\} (\\d+)$`, "m").exec(metrics)?.[1]);
}

test("members of a room are given servers with a credential of their own, by either protocol", async () => {
  const before = await readMetric(pod, "jongleur_ice_credentials_total");
  const [alice, rid] = [await connect(pod.url), randomUUID()];
  await alice.join(rid);
  checkServers(await ask(alice, rid), alice.uid);
  checkServers(await ask(alice), alice.uid);
  const bob = await startMse(pod.url, "bob", rid);
  const answer = await askMse(bob);
  if (!ResponseAdapter.iceServers(answer as object)) throw new Error(JSON.stringify(answer));
  checkServers((answer as { result: IceServers }).result, "bob");
  expect(await readMetric(pod, "jongleur_ice_credentials_total")).toBe(before + 3);
  alice.close();
  bob.close();
});

test("the answer has query and transaction of the request, and its description may be absent", async () => {
  const alice = await connect(pod.url);
  await alice.join(randomUUID());
  alice.send(alice.serverId, { action: "iq-get", query: "ice-servers", transaction: 7 });
  const answer = await alice.hears((message) => message.jsongle.transaction === 7);
  const description = { iceServers: expect.any(Array), expires: expect.any(String), ttl: 600 };
  expect(answer).toEqual({
    id: expect.any(String),
    from: alice.serverId,
    to: alice.id,
    jsongle: { action: "iq-result", query: "ice-servers", transaction: 7, description },
  });
  alice.close();
});

test("TURN for a room that one has left, or is not in, is refused with 404002", async () => {
  const before = await rejections("ice_not_seated");
  const [alice, eve] = [await connect(pod.url), await connect(pod.url)];
  const [left, kept, others] = [randomUUID(), randomUUID(), randomUUID()];
  await alice.join(others);
  expect(await code(ask(eve))).toBe(404002);
  expect(await code(ask(eve, others))).toBe(404002);
  await eve.join(left);
  await eve.joinMuc(kept);
  expect(await code(ask(eve, left))).toBe("given");
  await eve.request("session-leave", { rid: left });
  expect(await code(ask(eve, left))).toBe(404002);
  expect(await code(ask(eve, others))).toBe(404002);
  expect(await code(ask(eve))).toBe("given");
  await eve.request("session-leave", { rid: kept });
  expect(await code(ask(eve))).toBe(404002);
  expect(await rejections("ice_not_seated")).toBe(before + 5);
  alice.close();
  eve.close();
});

test("a seat counts for its own session only, and not for another of the same user", async () => {
  const [uid, rid] = [randomUUID(), randomUUID()];
  const [seated, other] = [await connect(pod.url, uid), await connect(pod.url, uid)];
  await seated.joinMuc(rid);
  expect(await code(ask(seated, rid))).toBe("given");
  expect(await code(ask(other, rid))).toBe(404002);
  expect(await code(ask(other))).toBe(404002);
  seated.close();
  other.close();
});

test("by MSE, auth and start have to come before, and nothing is given behind a disconnect", async () => {
  const [userId, roomId] = [randomUUID(), randomUUID()];
  const started = await startMse(pod.url, userId, roomId);
  const stranger = await openMse(pod.url);
  expect(await askMse(stranger)).toMatchObject({ error: { code: -5001 } });
  const early = await enterMse(pod.url, userId, roomId);
  expect(await askMse(early)).toMatchObject({ error: { code: -6001, data: { required: "start" } } });
  expect(await askMse(started)).toMatchObject({ result: { ttl: 600 } });
  started.send(`[${RequestFactory.disconnect()},${RequestFactory.iceServers()}]`);
  await eventually(() => expect(started.closeCode()).toBe(1000));
  expect(started.heard).toHaveLength(1);
  for (const client of [stranger, early]) client.close();
});

test("who asks too often is told when to ask again, and nobody else is", async () => {
  const before = await rejections("ice_rate");
  const uid = randomUUID();
  const [alice, again, bob] = [await connect(pod.url, uid), await connect(pod.url, uid), await connect(pod.url)];
  const rid = randomUUID();
  for (const party of [alice, again, bob]) await party.joinMuc(rid);
  const outcomes = await Promise.all(
    Array.from({ length: PER_MINUTE + 10 }, (_, n) => code(ask(n % 2 === 0 ? alice : again, rid))),
  );
  expect(outcomes.filter((outcome) => outcome === "given")).toHaveLength(PER_MINUTE);
  expect(outcomes.filter((outcome) => outcome === 429001)).toHaveLength(10);
  const isTooMany = (message: Received) => errorCode(message) === 429001;
  const refusals = [...alice.heard, ...again.heard].filter(isTooMany);
  const { retryAfterMs } = refusals[0]!.jsongle.description as { retryAfterMs: number };
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  expect(await rejections("ice_rate")).toBe(before + 10);
  expect(await code(ask(bob, rid))).toBe("given");
  // A user is the same user by MSE.
  const mse = await startMse(pod.url, uid, "room");
  const tooMany = { error: { code: -32_002, data: { retryAfterMs: expect.any(Number) } } };
  expect(await askMse(mse)).toMatchObject(tooMany);
  for (const client of [alice, again, bob, mse]) client.close();
});

test("what is asked for counts over all pods", async () => {
  const settings = { ...TURN, redisUrl: inject("redis").url, iceServersPerMinute: "5" };
  const pods = [await startPod(settings), await startPod(settings)];
  onTestFinished(async () => void (await Promise.all(pods.map((each) => each.stop()))));
  const [uid, rid] = [randomUUID(), randomUUID()];
  const parties = await Promise.all(pods.map(({ url }) => connect(url, uid)));
  for (const party of parties) await party.joinMuc(rid);
  const outcomes = [];
  for (let n = 0; n < 8; n++) outcomes.push(await code(ask(parties[n % 2]!, rid)));
  expect(outcomes).toEqual([...Array(5).fill("given"), ...Array(3).fill(429001)]);
});

test("while Redis says nothing, or is gone, servers are given all the same, as often as by a pod alone", async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const lonely = await startPod({ ...TURN, redisUrl: redis.url, iceServersPerMinute: "5" });
  onTestFinished(async () => void (await lonely.stop()));
  const parties = await Promise.all([1, 2, 3].map(() => connect(lonely.url)));
  const [rid, [alice, bob, carol]] = [randomUUID(), parties as [Party, Party, Party]];
  for (const party of parties) await party.joinMuc(rid);
  const askSixTimes = async (party: Party) => {
    const outcomes = [];
    for (let n = 0; n < 6; n++) outcomes.push(await code(ask(party, rid)));
    return outcomes;
  };
  const fiveGiven = [...Array(5).fill("given"), 429001];

  expect(await askSixTimes(alice)).toEqual(fiveGiven);
  redis.pause();
  expect(await askSixTimes(bob)).toEqual(fiveGiven);
  expect(lonely.output()).toContain("counted by this pod alone");
  await redis.kill();
  expect(await askSixTimes(carol)).toEqual(fiveGiven);
  await redis.restart();
  await eventually(async () => {
    const dave = await connect(lonely.url);
    await dave.joinMuc(rid);
    expect(await code(ask(dave, rid))).toBe("given");
    expect(lonely.output()).toContain("counted over all pods");
  }, 15_000);
});

test("without servers the list is empty, and can be used all the same", async () => {
  const bare = await startPod();
  onTestFinished(async () => void (await bare.stop()));
  const alice = await connect(bare.url);
  await alice.join(randomUUID());
  expect(await ask(alice)).toEqual({ iceServers: [], expires: expect.any(String), ttl: 600 });
  expect(await readMetric(bare, "jongleur_ice_credentials_total")).toBe(0);
});

/** What is wrong with settings, a sentence each. */
function faultsOf(given: Readonly<Record<string, string>>): readonly string[] {
  const read = readSignalingConfig([{ appToken: "t", ...given }]);
  return "faults" in read ? read.faults : [];
}

test("faults of the settings are told", () => {
  const [turn, stun] = ["turn:turn.example.com:3478?transport=udp", "stun:stun.example.com:3478"];
  const [list, secret] = ["separated by commas, or nothing for none", "the TURN servers' secret, not empty"];
  expect(faultsOf({ turnUrls: "turn:a, http://b", turnSecret: "s", stunUrls: "stun:a?transport=udp" })).toEqual([
    `stunUrls: got "stun:a?transport=udp", wants URLs as ${stun}, ${list}`,
    `turnUrls: got "turn:a, http://b", wants URLs as ${turn}, ${list}`,
  ]);
  expect(faultsOf({ turnUrls: "turn:a", turnTtlSeconds: "0", iceServersPerMinute: "x" })).toEqual([
    'turnTtlSeconds: got "0", wants a whole number from 1 to 86400',
    'iceServersPerMinute: got "x", wants a whole number from 1 to 1000000',
    "turnSecret: got nothing, wants the secret of the servers in turnUrls",
  ]);
  expect(faultsOf({ turnSecret: "s" })).toEqual(["turnUrls: got nothing, wants the servers that know turnSecret"]);
  expect(faultsOf({ turnSecret: "" })).toEqual([`turnSecret: got a value that is not shown, wants ${secret}`]);
  expect(faultsOf({ turnUrls: "turn:a", turnSecret: "s", stunUrls: "stun:a" })).toEqual([]);
});

test("the secret is never shown, and the servers are", async () => {
  const about = await (await fetch(`${pod.rest}/about`)).text();
  expect(about).toContain(TURN_URLS[0]);
  for (const shown of [about, pod.output()]) expect(shown).not.toContain(SECRET);
});
