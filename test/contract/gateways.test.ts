// The same conversation by JSONgle, by MSE, and by both in one room; on one pod and over two.
import type { Json } from "@jongleur/protocol";
import { describe } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { startMse } from "../helpers/mse-client.ts";
import { enterJsongle } from "../helpers/tokens.ts";
import { type Enter, testGateways } from "./gateway-contract.ts";

const byJsongle: Enter = async (url, uid, roomId) => {
  const rid = `:${roomId}`;
  const party = await enterJsongle(url, uid);
  await party.joinMuc(rid);
  const contentOf = (description: Json | undefined) => String((description as { content: unknown }).content);
  return {
    uid,
    say: (content) => party.send(rid, { action: "session-text", namespace: "muc", description: { content } }),
    texts: () =>
      party.heard
        .filter(({ jsongle }) => jsongle.action === "session-text")
        .map(({ jsongle }) => contentOf(jsongle.description)),
    leave: async () => void (await party.request("session-leave", { rid })),
    vanish: () => party.close(),
  };
};

const byMse: Enter = async (url, userId, roomId) => {
  const client = await startMse(url, userId, roomId);
  return {
    uid: userId,
    say: (message) => client.send({ id: null, method: "chat", jsonrpc: "2.0", params: { to: [], message } }),
    texts: () => client.heard.map((frame) => (frame as { params: { message: string } }).params.message),
    leave: async () => {
      client.send({ id: null, method: "disconnect", jsonrpc: "2.0" });
      await eventually(() => {
        if (client.closeCode() !== 1000) throw new Error("the server has not closed the connection");
      });
    },
    vanish: () => client.socket.terminate(),
  };
};

const WAYS = { JSONgle: [byJsongle], MSE: [byMse], "JSONgle and MSE": [byJsongle, byMse, byMse] };

for (const [name, ways] of Object.entries(WAYS)) {
  for (const podCount of [1, 2]) describe(`${name} on ${podCount} pod(s)`, () => testGateways(podCount, ways));
}
