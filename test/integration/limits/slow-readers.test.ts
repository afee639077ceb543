// Who does not read is closed before what waits for it fills the pod, whichever the protocol and transport.
import { randomUUID } from "node:crypto";
import { RequestFactory } from "@jongleur/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { eventually } from "../../helpers/eventually.ts";
import { JWT_SECRET, startMse } from "../../helpers/mse-client.ts";
import { connect, type Party, settle } from "../../helpers/party.ts";
import { APP_TOKEN, type Pod, startPod } from "../../helpers/pod.ts";
import { readMetric } from "../../helpers/pods.ts";
import { rejections } from "../../helpers/rejections.ts";

const PATH = "/socket.io/?EIO=4&transport=";
const TEXT = "x".repeat(900_000);

let pod: Pod;
beforeAll(async () => {
  pod = await startPod({ jwtSecret: JWT_SECRET, jwtRequired: "false" });
});
afterAll(() => pod.stop());

const toServer = (jsongle: object) => `42${JSON.stringify(["jsongle", { to: "jsongle-server", jsongle }])}`;
const joining = (rid: string) => [
  `40${JSON.stringify({ appToken: APP_TOKEN })}`,
  toServer({ action: "iq-result", query: "session-hello", description: { uid: "deaf" } }),
  toServer({ action: "iq-set", query: "muc-join", description: { rid } }),
];

/** Joins, and reads nothing any more. */
async function deafOverWebSocket(rid: string): Promise<void> {
  const socket = new WebSocket(`${pod.url}${PATH}websocket`);
  socket.on("error", () => {});
  socket.on("open", () => {
    for (const frame of joining(rid)) socket.send(frame);
  });
  await new Promise<void>((resolve) => socket.on("message", (data) => String(data).includes('"members"') && resolve()));
  socket.pause();
}

/** Joins, and never asks again for what is there. */
async function deafOverPolling(rid: string): Promise<void> {
  const sid = /"sid":"([^"]+)"/.exec(await (await fetch(`${pod.url}${PATH}polling`)).text())?.[1];
  for (const body of joining(rid)) {
    await (await fetch(`${pod.url}${PATH}polling&sid=${sid}`, { method: "POST", body })).text();
  }
}

async function leavesDeaf(speaker: Party, rid: string): Promise<void> {
  const before = await rejections(pod, "slow_reader");
  const memory = await readMetric(pod, "jongleur_process_resident_memory_bytes");
  await eventually(async () => {
    for (let n = 0; n < 5; n++) {
      speaker.send(rid, { action: "session-text", namespace: "muc", description: { text: TEXT } });
    }
    await settle(speaker);
    expect(await rejections(pod, "slow_reader")).toBe(before + 1);
  }, 30_000);
  await speaker.hears(({ jsongle }) => jsongle.event === "left");
  expect(await readMetric(pod, "jongleur_process_resident_memory_bytes")).toBeLessThan(memory + 100_000_000);
}

test.each([
  ["WebSocket", deafOverWebSocket],
  ["polling", deafOverPolling],
])(
  "a reader of JSONgle that never reads is closed and counted, over %s",
  { timeout: 60_000 },
  async (_name, makeDeaf) => {
    const rid = randomUUID();
    const speaker = await connect(pod.url);
    await speaker.joinMuc(rid);
    await makeDeaf(rid);
    await speaker.hears(({ jsongle }) => jsongle.event === "joined");
    await leavesDeaf(speaker, rid);
  },
);

test("a reader of MSE that never reads is closed and counted", async () => {
  const roomId = randomUUID();
  const [speaker, deaf] = [await startMse(pod.url, "speaker", roomId), await startMse(pod.url, "deaf", roomId)];
  const before = await rejections(pod, "slow_reader");
  deaf.socket.pause();
  await eventually(async () => {
    speaker.send(RequestFactory.chat({ message: TEXT }));
    await speaker.settled();
    expect(await rejections(pod, "slow_reader")).toBe(before + 1);
  }, 15_000);
  await eventually(async () => expect((await fetch(`${pod.rest}/users/deaf`)).status).toBe(404));
});
