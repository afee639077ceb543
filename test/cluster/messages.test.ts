// Messages from pod to pod: nothing is lost or doubled, and the order holds.
import { randomUUID } from "node:crypto";
import type { Socket as TcpSocket } from "node:net";
import { JsongleConnection } from "@jongleur/client";
import { io } from "socket.io-client";
import { expect, test } from "vitest";
import { call } from "../helpers/call.ts";
import { eventually } from "../helpers/eventually.ts";
import { figure, stopwatch } from "../helpers/figures.ts";
import { action, connect, event, type Party } from "../helpers/party.ts";
import { APP_TOKEN } from "../helpers/pod.ts";
import type { NamedPod } from "../helpers/pods.ts";
import { connectOver } from "../helpers/races.ts";
import { closeAll, openMuc, openRoom } from "../helpers/rooms.ts";
import { shareService } from "../helpers/shared-service.ts";

const service = shareService(4);

const text = (rid: string, sender: Party, content: string) =>
  sender.send(rid, { action: "session-text", namespace: "muc", description: { content } });
const ofPair = (place: string): readonly [NamedPod, NamedPod] => {
  const [first, second] = service.pods as [NamedPod, NamedPod];
  return [first, place === "the same pod" ? first : second];
};

test("what a newcomer says right after the answer to its join reaches all, behind its joined", async () => {
  const rounds = 40;
  for (let round = 0; round < rounds; round++) {
    const { rid, members } = await openMuc(service.pods.slice(0, 3));
    const newcomer = await connect(service.pods[round % 4]!.url);
    await newcomer.joinMuc(rid);
    const id = text(rid, newcomer, "here I am");
    for (const member of members) {
      await member.hears((message) => message.id === id);
      const ofNewcomer = member.heard
        .filter((message) => message.id === id || event("joined")(message))
        .slice(-2)
        .map(({ jsongle }) => jsongle.event ?? jsongle.action);
      expect(ofNewcomer).toEqual(["joined", "session-text"]);
    }
    closeAll([...members, newcomer]);
  }
  figure("first words that arrived behind their joined", `${3 * rounds} of ${3 * rounds}`);
});

test.each([
  { kind: "room", query: "session-join" },
  { kind: "muc", query: "muc-join" },
])("what others say once a newcomer to a $kind has its answer reaches it, from any pod", async ({ kind, query }) => {
  const rounds = 60;
  const parties = await connectOver(service.pods, 4);
  for (let round = 0; round < rounds; round++) {
    const rid = randomUUID();
    const speaker = parties[round % 4]!;
    const newcomer = parties[(round + 1 + (round % 3)) % 4]!;
    await speaker.request(query, { rid });
    let id = "";
    // In the very moment in which the answer has come, wherever the news of the join has got to by then.
    const stop = newcomer.listen(({ jsongle }) => {
      if (jsongle.action !== "iq-result") return;
      id = speaker.send(rid, { action: "session-text", ...(kind === "muc" && { namespace: "muc" }), description: {} });
    });
    await newcomer.request(query, { rid });
    stop();
    await newcomer.hears((message) => message.id === id);
    await Promise.all([speaker, newcomer].map((party) => party.request("session-leave", { rid })));
  }
  figure(`words to newcomers to a ${kind} that arrived`, `${rounds} of ${rounds}`);
  closeAll(parties);
});

test("each sender is heard in order and once, by members on all pods, whatever it sends", async () => {
  const count = 500;
  const { rid, members } = await openMuc([...service.pods, ...service.pods]);
  const time = stopwatch();
  for (let n = 0; n < count; n++) {
    const name = n % 2 === 0 ? "session-text" : "transport-info";
    for (const member of members) member.send(rid, { action: name, namespace: "muc", description: { n } });
    // Gives the sockets a turn, so that messages from different pods mix.
    if (n % 10 === 0) await new Promise(setImmediate);
  }
  const numbers = Array.from({ length: count }, (_, n) => n);
  for (const listener of members) {
    for (const speaker of members.filter((other) => other !== listener)) {
      const heard = () => listener.heard.filter(({ from }) => from === `${rid}/${speaker.uid}`);
      await eventually(() => expect(heard().length).toBeGreaterThanOrEqual(count), 30_000);
      expect(heard().map(({ jsongle }) => (jsongle.description as { n: number }).n)).toEqual(numbers);
    }
  }
  const expected = members.length * (members.length - 1) * count;
  await service.couriers.arrive(members);
  const received = members.flatMap(({ heard }) => heard.filter(({ from }) => from.startsWith(`${rid}/`)));
  expect(received).toHaveLength(expected);
  figure("messages in order", `${expected} of ${expected}, in ${time()}`);
  closeAll(members);
});

/** A client whose machine can be switched off: its connection breaks in the middle of whatever is under way. */
async function connectToVanish(pod: NamedPod) {
  const options = { transports: ["websocket"], forceNew: true, reconnection: false };
  const socket = io(pod.url, { ...options, auth: { appToken: APP_TOKEN } });
  const connection = new JsongleConnection(socket);
  await connection.hello({ uid: `user-${randomUUID()}` });
  const { ws } = socket.io.engine.transport as unknown as { ws: { _socket: TcpSocket } };
  return { connection, vanish: () => ws._socket.destroy() };
}

test.each(["the same pod", "another pod"])(
  "what was acknowledged before its sender vanished reaches a member on %s, before its left",
  async (place) => {
    const rounds = 25;
    const [pod, other] = ofPair(place);
    let acknowledged = 0;
    for (let round = 0; round < rounds; round++) {
      const rid = randomUUID();
      const listener = await connect(other.url);
      await listener.join(rid);
      const { connection, vanish } = await connectToVanish(pod);
      await connection.request("session-join", { rid });
      const acks: string[] = [];
      connection.listen(({ jsongle }) => {
        if (jsongle.event === "ack") acks.push((jsongle.description as { mid: string }).mid);
        if (acks.length === 1 + (round % 7)) vanish();
      });
      for (let n = 0; n < 20; n++) connection.send(rid, { action: "session-text", description: { n } });
      await listener.hears(event("left"));
      const end = listener.heard.findIndex(event("left"));
      const heard = listener.heard.slice(0, end).map(({ id }) => id);
      for (const mid of acks) expect(heard).toContain(mid);
      expect(listener.heard.slice(end + 1)).toEqual([]);
      acknowledged += acks.length;
      listener.close();
    }
    figure(`acknowledged, then arrived before left on ${place}`, `${acknowledged} of ${acknowledged}`);
  },
);

test.each(["the same pod", "another pod"])("trying comes before ringing when the callee is on %s", async (place) => {
  const calls = 100;
  const { rid, members } = await openRoom(...ofPair(place));
  const [caller, callee] = members;
  callee.listen(({ jsongle }) => {
    if (jsongle.action !== "session-propose") return;
    callee.send(rid, { sid: jsongle.sid ?? null, action: "session-info", reason: "ringing", description: {} });
  });
  const sids = Array.from({ length: calls }, () => randomUUID());
  for (const sid of sids) caller.send(rid, { sid, action: "session-propose", reason: "", description: {} });
  await caller.hears(({ jsongle }) => jsongle.reason === "ringing" && jsongle.sid === sids.at(-1));
  const progress = caller.heard.filter(action("session-info")).map(({ jsongle }) => jsongle);
  for (const sid of sids) {
    expect(progress.filter((info) => info.sid === sid).map(({ reason }) => reason)).toEqual(["trying", "ringing"]);
  }
  closeAll(members);
});

test("a call between two pods completes, in either direction", async () => {
  const { rid, members } = await openRoom(...ofPair("another pod"));
  const [alice, bob] = members;
  await call(rid, alice, bob);
  await call(rid, bob, alice);
  closeAll(members);
});
