// Tokens that are refused again and again: answered later, and then not looked at (docs/configuration.md).
import { RequestFactory } from "@jongleur/protocol";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { shakeHands, WAYS } from "../../helpers/handshakes.ts";
import { JWT_SECRET, openMse, tokenFor } from "../../helpers/mse-client.ts";
import { connect } from "../../helpers/party.ts";
import { type Pod, startPod } from "../../helpers/pod.ts";
import { rejections } from "../../helpers/rejections.ts";

async function startStrict(maxAuthFailures: string): Promise<Pod> {
  const pod = await startPod({
    jwtSecret: JWT_SECRET,
    jwtRequired: "false",
    trustedProxies: "127.0.0.1",
    maxAuthFailures,
  });
  onTestFinished(async () => void (await pod.stop()));
  return pod;
}

const from = (address: string) => ({ "X-Forwarded-For": address });

/** @returns the code with which a client of JSONgle is refused */
const refusedOver = (pod: Pod, address: string, transport: string) =>
  connect(pod.url, undefined, {
    appToken: "wrong",
    options: { transports: [transport], extraHeaders: from(address) },
  }).then(
    () => "let in",
    ({ code }: { code?: number }) => code,
  );

const openMseFrom = ({ url }: Pod, address: string) => openMse(url, "/mse", { headers: from(address) });
const showBadToken = async (pod: Pod, address: string) =>
  (await openMseFrom(pod, address)).ask(RequestFactory.auth("no token"));

test("too many bad tokens of an address, by whichever protocol, block it for both, and nobody else", async () => {
  const pod = await startStrict("4");
  const open = await openMseFrom(pod, "192.0.2.1");
  expect(await refusedOver(pod, "192.0.2.1", "polling")).toBe(401_001);
  expect(await refusedOver(pod, "192.0.2.1", "websocket")).toBe(401_001);
  expect(await showBadToken(pod, "192.0.2.1")).toMatchObject({ error: { code: -4001 } });
  // A good token between them clears nothing.
  const member = await connect(pod.url, undefined, { options: { extraHeaders: from("192.0.2.1") } });
  expect(await showBadToken(pod, "192.0.2.1")).toMatchObject({ error: { code: -4001 } });
  for (const way of WAYS) {
    const { status, retryAfter } = await shakeHands(pod.url, way, from("192.0.2.1"));
    expect(status).toBe(429);
    expect(Number(retryAfter)).toBeGreaterThan(500);
    expect((await shakeHands(pod.url, way, from("192.0.2.2"))).status).toBeLessThan(300);
  }
  expect(await rejections(pod, "address_blocked")).toBe(3);
  // Who is in stays in; who is connected and has shown nothing yet is not looked at.
  expect(await member.join("a room")).toMatchObject({ rid: "a room" });
  const answer = await open.ask(RequestFactory.auth(await tokenFor()));
  expect(answer).toMatchObject({ error: { code: -32_002, data: { retryAfterMs: expect.any(Number) } } });
});

test("a block ends with the time in which the bad tokens were counted", async () => {
  const pod = await startPod({ trustedProxies: "127.0.0.1", maxAuthFailures: "1", authFailureSeconds: "1" });
  onTestFinished(async () => void (await pod.stop()));
  expect(await refusedOver(pod, "192.0.2.1", "websocket")).toBe(401_001);
  await eventually(async () =>
    expect(await shakeHands(pod.url, "mse", from("192.0.2.1"))).toMatchObject({ status: 101 }),
  );
});

test("bad tokens are answered later and later; a good one from the same address is not kept waiting", async () => {
  const pod = await startStrict("1000");
  const answered: string[] = [];
  const bad = Array.from({ length: 20 }, () => refusedOver(pod, "192.0.2.1", "websocket"));
  for (const attempt of bad) void attempt.then(() => answered.push("bad"));
  await Promise.any(bad);
  const late = showBadToken(pod, "192.0.2.1").then(() => answered.push("late"));
  const good = connect(pod.url, undefined, { options: { extraHeaders: from("192.0.2.1") } });
  await good.then(() => answered.push("good"));
  expect(answered).not.toContain("late");
  await late;
  expect(await Promise.all(bad)).toEqual(bad.map(() => 401_001));
  expect(answered.slice(-1)).not.toEqual(["good"]);
});
