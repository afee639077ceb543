// Limits and ends of MSE connections: how many, how long, how much (PROTOCOL-MSE.md, "The connection").
import { randomUUID } from "node:crypto";
import { connect as connectTcp, type Socket } from "node:net";
import { RequestFactory } from "@jongleur/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { enterMse, JWT_SECRET, openMse, startMse, tokenFor } from "../../helpers/mse-client.ts";
import { type Pod, startPod } from "../../helpers/pod.ts";
import { enterJsongle } from "../../helpers/tokens.ts";

let pod: Pod;
beforeAll(async () => {
  pod = await startPod({ jwtSecret: JWT_SECRET, jwtGraceSeconds: "3" });
});
afterAll(() => pod.stop());

const roomStatus = async (roomId: string) =>
  (await fetch(`${pod.rest}/rooms/${encodeURIComponent(`:${roomId}`)}`)).status;

const connectionsOf = async ({ rest }: Pod) =>
  ((await (await fetch(`${rest}/stats`)).json()) as { users_count: number }).users_count;

/** What is answered instead of an upgrade. */
async function refusal(url: string, headers: Record<string, string> = {}) {
  const answer = Promise.withResolvers<{ status: number | undefined; retryAfter: string | undefined }>();
  await openMse(url, "/mse", {
    headers,
    finishRequest: (request) => {
      request.on("response", ({ statusCode, headers }) => {
        answer.resolve({ status: statusCode, retryAfter: headers["retry-after"] });
        request.destroy(new Error("refused"));
      });
      request.end();
    },
  }).then(
    () => answer.reject(new Error("it was let in")),
    () => {},
  );
  return answer.promise;
}

test("connections of both protocols are counted together", async () => {
  const small = await startPod({ jwtSecret: JWT_SECRET, maxConcurrentUsers: "2" });
  const jo = await enterJsongle(small.url);
  const mia = await openMse(small.url);
  expect(await connectionsOf(small)).toBe(2);
  expect(await refusal(small.url)).toEqual({ status: 503, retryAfter: "2" });
  await expect(enterJsongle(small.url)).rejects.toMatchObject({ code: 503_001 });
  jo.close();
  await eventually(async () => expect(await connectionsOf(small)).toBe(1));
  const max = await openMse(small.url);
  for (const client of [mia, max]) client.close();
  await eventually(async () => expect(await connectionsOf(small)).toBe(0));
  await small.stop();
});

test("only pages of the origins that are named may connect", async () => {
  const strict = await startPod({ corsPolicyOrigin: "https://a.example" });
  expect(await refusal(strict.url, { Origin: "https://b.example" })).toMatchObject({ status: 403 });
  (await openMse(strict.url, "/mse", { headers: { Origin: "https://a.example" } })).close();
  (await openMse(strict.url)).close();
  await strict.stop();
});

/** Asks for a WebSocket, and does not close its half of the connection when the server has closed its own. */
function askAndStay(port: string, path: string, origin: string): Socket {
  const socket = connectTcp({ host: "127.0.0.1", port: Number(port), allowHalfOpen: true }).resume();
  const headers = { Host: "x", Connection: "Upgrade", Upgrade: "websocket", Origin: origin };
  const lines = Object.entries({
    ...headers,
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": `${"A".repeat(22)}==`,
  });
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.map((line) => `${line.join(": ")}\r\n`).join("")}\r\n`);
  return socket;
}

test("who is refused does not keep the connection by leaving its half of it open", async () => {
  const [good, bad] = ["https://a.example", "https://b.example"];
  const strict = await startPod({ corsPolicyOrigin: good, msePort: "0" });
  const [, msePort] = /"msePort":(\d+)/.exec(strict.output()) as unknown as [string, string];
  const { port } = new URL(strict.url);
  for (const socket of [
    askAndStay(port, "/mse", bad),
    askAndStay(port, "/nothing", good),
    askAndStay(port, "/socket.io", good),
    askAndStay(msePort, "/mse", good),
  ]) {
    const error = Promise.withResolvers<Error & { code?: string }>();
    socket.on("error", error.resolve);
    // What is written to a connection that is not there any more is answered by a reset.
    const writing = setInterval(() => socket.write("x"), 10);
    expect((await error.promise).code).toMatch(/ECONNRESET|EPIPE/);
    clearInterval(writing);
  }
  await strict.stop();
});

test("no sub-protocol is agreed to", async () => {
  const client = openMse(pod.url, "/mse", { headers: { "Sec-WebSocket-Protocol": "jsonrpc" } });
  expect((await client).socket.protocol).toBe("");
  (await client).close();
});

test("only trusted proxies tell where a client is", async () => {
  const behind = await startPod({ jwtSecret: JWT_SECRET, trustedProxies: "127.0.0.0/8" });
  for (const [{ url }, expected] of [
    [pod, "127.0.0.1"],
    [behind, "192.0.2.7"],
  ] as const) {
    const client = await openMse(url, "/mse", { headers: { "X-Forwarded-For": "6.6.6.6, 192.0.2.7" } });
    await client.ask(RequestFactory.auth(await tokenFor()));
    expect(await client.ask(RequestFactory.whoami())).toMatchObject({ result: { ipAddress: expected } });
    client.close();
  }
  await behind.stop();
});

test("when its token expires a client is told so, and closed with 4001 if it has no other", async () => {
  const roomId = randomUUID();
  // With the leeway of five seconds it is good for two to three more.
  const exp = Math.floor(Date.now() / 1000) - 3;
  const [idle, renewed, leaving] = [
    await startMse(pod.url, "idle", roomId, { exp }),
    await startMse(pod.url, "renewed", roomId, { exp }),
    await startMse(pod.url, "leaving", roomId, { exp }),
  ];
  const expired = { error: { code: -4001 } };
  const ping = RequestFactory.ping();
  await eventually(async () => expect(await idle.ask(ping)).toMatchObject(expired));
  leaving.send(RequestFactory.disconnect());
  await eventually(() => expect(leaving.closeCode()).toBe(1000));
  expect(await renewed.ask(RequestFactory.sdpOffer("o").replace("null", "7"))).toMatchObject({ id: 7, ...expired });
  const token = await tokenFor({ userId: "renewed", roomId, exp: exp + 60 });
  expect(await renewed.ask(RequestFactory.auth(token))).toMatchObject({ result: "authenticated" });
  await eventually(() => expect(idle.closeCode()).toBe(4001));
  expect(await renewed.ask(ping)).toMatchObject({ result: "pong" });
  expect(await renewed.ask(RequestFactory.whoami())).toMatchObject({ result: { userId: "renewed" } });
  renewed.close();
});

test("who shows no token in time is closed with 4001, and a dead peer is freed within half a minute", {
  timeout: 40_000,
}, async () => {
  const [silent, roomId] = [await openMse(pod.url), randomUUID()];
  const dead = await openMse(pod.url, "/mse", { autoPong: false });
  await dead.ask(RequestFactory.auth(await tokenFor({ userId: "dead", roomId })));
  await dead.ask(RequestFactory.start());
  const [authorized, alive] = [
    await enterMse(pod.url, "silent too", roomId),
    await startMse(pod.url, "alive", randomUUID()),
  ];
  await eventually(() => expect(silent.closeCode()).toBe(4001), 13_000);
  await eventually(async () => expect(await roomStatus(roomId)).toBe(404), 30_000);
  for (const client of [authorized, alive]) {
    expect(await client.ask(RequestFactory.ping())).toMatchObject({ result: "pong" });
    client.close();
  }
});

test("a peer that does not read is closed with 1013, and nobody else notices", { timeout: 60_000 }, async () => {
  const roomId = randomUUID();
  const [speaker, listener, deaf] = [
    await startMse(pod.url, "speaker", roomId),
    await startMse(pod.url, "listener", roomId),
    await startMse(pod.url, "deaf", roomId),
  ];
  const tell = async () => {
    const heard = listener.heard.length;
    for (let n = 1; n <= 40; n++) {
      speaker.send(RequestFactory.chat({ message: "x".repeat(900_000) }));
      await listener.hears(heard + n);
    }
  };
  await tell();
  const before = await residentMegabytes();
  deaf.socket.pause();
  await tell();
  expect(await residentMegabytes()).toBeLessThan(before + 30);
  await eventually(() => expect(pod.output()).toMatch(/"code":1013,"msg":"closing"/));
  deaf.socket.resume();
  await eventually(() => expect([1013, 1006]).toContain(deaf.closeCode()));
  expect(await listener.settled()).toHaveLength(80);
  for (const client of [speaker, listener]) client.close();
});

async function residentMegabytes(): Promise<number> {
  const metrics = await (await fetch(`${pod.rest}/metrics`)).text();
  return Number(/^jongleur_process_resident_memory_bytes (\d+)/m.exec(metrics)?.[1]) / 1_000_000;
}

test("while Redis can't be reached a client is told to try again", async () => {
  const alone = await startPod({ jwtSecret: JWT_SECRET, redisUrl: "redis://127.0.0.1:9" });
  const client = await openMse(alone.url);
  const answer = await client.ask(RequestFactory.auth(await tokenFor()));
  expect(answer).toMatchObject({ id: 2, error: { code: -32_001, data: { retryAfterMs: 1000 } } });
  expect(await client.ask(RequestFactory.start())).toMatchObject({ error: { code: -5001 } });
  client.close();
  await alone.stop();
});

test("while it stops, the pod closes its clients with 1001", async () => {
  const stopping = await startPod({ jwtSecret: JWT_SECRET, msePort: "0" });
  const [, port] = /"msePort":(\d+)/.exec(stopping.output()) as unknown as [string, string];
  const clients = [
    await startMse(stopping.url, "alice", "r"),
    await startMse(stopping.url, "bob", "r"),
    await openMse(`http://127.0.0.1:${port}`, "/"),
  ];
  const code = await stopping.stop();
  for (const client of clients) await eventually(() => expect(client.closeCode()).toBe(1001));
  expect(code).toBe(0);
});

test("what a client says and then leaves at once still arrives", async () => {
  const roomId = randomUUID();
  const bob = await startMse(pod.url, "bob", roomId);
  const token = await tokenFor({ userId: "alice", roomId });
  for (let round = 1; round <= 20; round++) {
    const alice = await openMse(pod.url);
    for (const text of [RequestFactory.auth(token), RequestFactory.start(), RequestFactory.sdpOffer(`${round}`)]) {
      alice.send(text);
    }
    alice.close();
    await bob.hears(round);
  }
  expect(bob.heard).toMatchObject(Array.from({ length: 20 }, (_, n) => ({ params: { offer: `${n + 1}` } })));
  await eventually(async () =>
    expect(await (await fetch(`${pod.rest}/users/alice`)).json()).toMatchObject({ errorCode: 404_001 }),
  );
  bob.close();
});

test("what is counted has no label that a client chooses", async () => {
  const client = await openMse(pod.url);
  await client.ask('{"id":1,"method":"a\\"b","jsonrpc":"2.0"}');
  await client.ask(RequestFactory.auth("bad"));
  const metrics = await (await fetch(`${pod.rest}/metrics`)).text();
  expect(metrics).toMatch(/\njongleur_mse_requests_total{method="unknown",outcome="methodNotFound"} [1-9]/);
  expect(metrics).toMatch(/\njongleur_mse_connections \d+\n/);
  expect(metrics).toMatch(/jongleur_mse_auth_failures_total [1-9]/);
  expect(metrics).toMatch(/jongleur_rejected_total{reason="token"} [1-9]/);
  client.close();
});
