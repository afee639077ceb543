// While a token is being looked at, which may take time: a connection is still one session, and counted once.
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { connect } from "../../helpers/party.ts";
import { APP_TOKEN, type Pod, startPod } from "../../helpers/pod.ts";
import { readMetric } from "../../helpers/pods.ts";

const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "k", alg: "ES256" }] });
const token = await new SignJWT({ sub: "user", exp: Math.floor(Date.now() / 1000) + 3600 })
  .setProtectedHeader({ alg: "ES256", kid: "k" })
  .sign(privateKey);

let server: Server;
/** The server of keys answers none of them by itself. */
const asked: ServerResponse[] = [];
beforeAll(async () => {
  server = createServer((_request, response) => void asked.push(response)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function startKeyPod(settings: Record<string, string> = {}): Promise<Pod> {
  asked.length = 0;
  const { port } = server.address() as AddressInfo;
  return startPod({ jwksUrl: `http://127.0.0.1:${port}/keys`, ...settings });
}

/** Opens a connection that asks so often to be let in. */
function knock(pod: Pod, times: number) {
  const socket = new WebSocket(`${pod.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  const packets: string[] = [];
  socket.onmessage = ({ data }) => {
    packets.push(data);
    const ask = `40${JSON.stringify({ appToken: APP_TOKEN, token })}`;
    if (data.startsWith("0")) for (let n = 0; n < times; n++) socket.send(ask);
  };
  return { socket, packets };
}

test("one connection is one session, however often it shows its token before it is answered", async () => {
  const pod = await startKeyPod();
  const { socket, packets } = knock(pod, 5);
  await eventually(() => expect(packets.filter((packet) => packet.startsWith("44"))).toHaveLength(4));
  await eventually(() => expect(asked).toHaveLength(1));
  expect(packets.filter((packet) => packet.startsWith("40"))).toEqual([]);
  asked[0]!.end(jwks);
  await eventually(() => expect(packets.filter((packet) => packet.startsWith("40"))).toHaveLength(1));
  expect(await readMetric(pod, "users_count")).toBe(1);
  socket.close();
  await eventually(async () => expect(await readMetric(pod, "users_count")).toBe(0));
  await pod.stop();
});

test("who goes before its token was looked at leaves nothing", async () => {
  const pod = await startKeyPod();
  const { socket } = knock(pod, 1);
  await eventually(() => expect(asked).toHaveLength(1));
  socket.close();
  await eventually(() => expect(socket.readyState).toBe(WebSocket.CLOSED));
  asked[0]!.end(jwks);
  (await connect(pod.url, "user", { token })).close();
  await eventually(async () => expect(await readMetric(pod, "users_count")).toBe(0));
  expect(await readMetric(pod, "users_total")).toBe(1);
  await pod.stop();
});

test("the limit of connections holds for those whose tokens are looked at together", async () => {
  const pod = await startKeyPod({ maxConcurrentUsers: "2" });
  const knocks = Array.from({ length: 5 }, () => knock(pod, 1));
  await eventually(() => expect(asked).toHaveLength(1));
  await eventually(() => expect(knocks.every(({ packets }) => packets.length > 0)).toBe(true));
  asked[0]!.end(jwks);
  const count = (start: string) =>
    knocks.flatMap(({ packets }) => packets).filter((packet) => packet.startsWith(start)).length;
  await eventually(() => expect([count("40"), count("44")]).toEqual([2, 3]));
  for (const { socket } of knocks) socket.close();
  await pod.stop();
});

test("while the keys can't be had a client is told to try again", async () => {
  const pod = await startPod({ jwksUrl: "http://127.0.0.1:9/keys" });
  await expect(connect(pod.url, "user", { token })).rejects.toMatchObject({ code: 503001 });
  expect(await (await fetch(`${pod.rest}/tests`)).json()).toMatchObject({ score: 100 });
  await pod.stop();
});
