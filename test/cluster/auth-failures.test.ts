// Bad tokens are counted over all pods, and go on being counted while Redis is away or slow.
import { RequestFactory } from "@jongleur/protocol";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { figure, stopwatch } from "../helpers/figures.ts";
import { shakeHands, WAYS } from "../helpers/handshakes.ts";
import { JWT_SECRET, openMse } from "../helpers/mse-client.ts";
import { connect } from "../helpers/party.ts";
import type { Pod } from "../helpers/pod.ts";
import { startService } from "../helpers/pods.ts";
import { startRedisServer } from "../provision/redis-server.ts";
import { startSlowProxy } from "../provision/slow-proxy.ts";

async function startBehindProxy() {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const proxy = await startSlowProxy(redis.url);
  onTestFinished(() => proxy.stop());
  const settings = { jwtSecret: JWT_SECRET, jwtRequired: "false", trustedProxies: "127.0.0.1", maxAuthFailures: "4" };
  const service = await startService(2, { redisUrl: proxy.url, ...settings });
  onTestFinished(() => service.stop());
  const [one, other] = [service.pods[0]!, service.pods[1]!];
  return { redis, proxy, one, other };
}

const from = (address: string) => ({ "X-Forwarded-For": address });

/** By both protocols in turn. @returns the codes of the refusals */
async function showBadTokens({ url }: Pod, address: string, count: number): Promise<unknown[]> {
  const codes: unknown[] = [];
  for (let n = 0; n < count; n++) {
    if (n % 2 === 0) codes.push(await showToJsongle(url, address));
    else codes.push(await showToMse(url, address));
  }
  return codes;
}

const showToJsongle = (url: string, address: string) =>
  connect(url, undefined, { appToken: "wrong", options: { extraHeaders: from(address) } }).then(
    () => "let in",
    ({ code }: { code?: number }) => code,
  );

async function showToMse(url: string, address: string): Promise<unknown> {
  const client = await openMse(url, "/mse", { headers: from(address) });
  const answer = (await client.ask(RequestFactory.auth("no token"))) as { error?: { code: number } };
  client.close();
  return answer.error?.code;
}

const BOTH = [401_001, -4001];

async function isBlocked(pod: Pod, address: string): Promise<void> {
  for (const way of WAYS) expect(await shakeHands(pod.url, way, from(address)), way).toMatchObject({ status: 429 });
}

const isLetIn = async (pod: Pod, address: string) =>
  expect(await shakeHands(pod.url, "mse", from(address))).toMatchObject({ status: 101 });

test("an address that has shown bad tokens to one pod is blocked by the other at its next", async () => {
  const { one, other } = await startBehindProxy();
  expect(await showBadTokens(one, "192.0.2.1", 3)).toEqual([...BOTH, 401_001]);
  expect(await showBadTokens(other, "192.0.2.1", 1)).toEqual([401_001]);
  await isBlocked(other, "192.0.2.1");
  // The first does not know yet: it learns from the next bad token.
  expect(await showBadTokens(one, "192.0.2.1", 1)).toEqual([401_001]);
  await isBlocked(one, "192.0.2.1");
  for (const pod of [one, other]) await isLetIn(pod, "192.0.2.2");
});

test("while Redis is away, who is blocked stays blocked, and each pod counts on from where it was", async () => {
  const { redis, one, other } = await startBehindProxy();
  await showBadTokens(one, "192.0.2.1", 4);
  await showBadTokens(one, "192.0.2.3", 2);
  await redis.stop();
  await isBlocked(one, "192.0.2.1");
  expect(await showBadTokens(one, "192.0.2.3", 2)).toEqual(BOTH);
  await isBlocked(one, "192.0.2.3");
  expect(await showBadTokens(other, "192.0.2.4", 4)).toEqual([...BOTH, ...BOTH]);
  await isBlocked(other, "192.0.2.4");
  await isLetIn(other, "192.0.2.5");
});

test("a Redis that does not answer keeps nobody waiting, and what it counts at last is heeded", async () => {
  const { proxy, one, other } = await startBehindProxy();
  await showBadTokens(one, "192.0.2.1", 3);
  proxy.replyDelay = 1500;
  const took = stopwatch();
  expect(await showBadTokens(other, "192.0.2.1", 1)).toEqual([401_001]);
  figure("a bad token is answered, while each reply of Redis takes 1.5 s, after", took());
  await isLetIn(other, "192.0.2.2");
  await eventually(() => isBlocked(other, "192.0.2.1"));
});
