// The process of clients that have come, taken their seats and say nothing: from its plan until nobody wants it any more.
import { randomUUID } from "node:crypto";
import { RequestFactory } from "@jongleur/protocol";
import { WebSocket } from "ws";
import { tokenFor } from "../helpers/mse-client.ts";
import { Client } from "./client.ts";
import { forEachOf } from "./couples.ts";

export type CrowdProtocol = "jsongle" | "mse";

export interface CrowdPlan {
  readonly protocol: CrowdProtocol;
  readonly url: string;
  readonly appToken: string;
  readonly clients: number;
}

/** In each room. */
const MEMBERS = 2;

/** So many loopback addresses are clients at. */
const ADDRESSES = 200;

interface Place {
  readonly rid: string;
  readonly uid: string;
  /** Of the client. */
  readonly address: string;
}

const ENTRANCES = { jsongle: enterJsongle, mse: enterMse } as const;

process.once("message", (plan: CrowdPlan) => void gather(plan));
process.once("disconnect", () => process.exit());

async function gather(plan: CrowdPlan): Promise<void> {
  const crowd = randomUUID();
  await forEachOf(plan.clients, (i) => {
    const rid = `${crowd}-${Math.floor(i / MEMBERS)}`;
    return ENTRANCES[plan.protocol](plan, { rid, uid: `user-${randomUUID()}`, address: addressOf(i) });
  });
  process.send?.("gathered");
}

function addressOf(i: number): string {
  return `127.0.0.${2 + (i % ADDRESSES)}`;
}

async function enterJsongle({ url, appToken }: CrowdPlan, { rid, uid, address }: Place): Promise<void> {
  const client = await Client.open(url, appToken, uid, address);
  await client.request("muc-join", { rid });
}

async function enterMse({ url }: CrowdPlan, { rid, uid, address }: Place): Promise<void> {
  const token = await tokenFor({ userId: uid, roomId: rid });
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/mse`, {
    perMessageDeflate: false,
    localAddress: address,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.onerror = ({ message }) => reject(new Error(message));
  socket.onopen = () => {
    for (const request of [RequestFactory.auth(token), RequestFactory.start()]) socket.send(request);
  };
  socket.onmessage = ({ data }) => {
    if (String(data).includes('"started"')) resolve();
    if (String(data).includes('"error"')) reject(new Error(String(data)));
  };
  await promise;
}
