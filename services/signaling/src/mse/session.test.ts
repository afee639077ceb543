import { buildRoomEvent, buildSessionError } from "@jongleur/protocol";
import { expect, test } from "vitest";
import type { WebSocket } from "ws";
import { Traffic } from "../jsongle/bounded-parser.ts";
import { Notifications } from "./notifications.ts";
import { MseSession } from "./session.ts";

/** A session, and what its connection and its gateway see of it. */
function open(bufferedAmount = 0) {
  const seen: unknown[] = [];
  const socket = {
    bufferedAmount,
    send: (text: string | Buffer) => seen.push(String(text)),
    close: (code: number) => seen.push(code),
  } as unknown as WebSocket;
  const session = new MseSession({
    id: "s",
    socket,
    ipAddress: "::1",
    now: 0,
    traffic: new Traffic(),
    notifications: new Notifications(),
    onEnded: () => seen.push("ended"),
    onNotReading: () => seen.push("not reading"),
  });
  return { session, seen };
}

const origin = { id: "1", from: "server" };
const MUC = { rid: ":r", kind: "muc" } as const;

test("who comes, goes or is not reached has no words in MSE", () => {
  const { session, seen } = open();
  session.send(buildRoomEvent(origin, MUC, "joined", { uid: "u" }));
  session.send(buildSessionError(origin, { error: "unavailable", details: "", retryAfterMs: 1 }));
  expect(seen).toEqual([]);
});

test("a session that has lost its seat is ended, and told to come again", () => {
  const { session, seen } = open();
  session.send(buildRoomEvent(origin, MUC, "left", { uid: "u" }));
  session.send(buildSessionError(origin, { error: "notAdmitted", details: "" }));
  expect(seen).toEqual(["ended", 1013]);
});

test("a peer that has not read a megabyte is closed, and gets nothing more", () => {
  const { session, seen } = open(1_000_001);
  session.write("a");
  session.write("b");
  expect(seen).toEqual(["not reading", "ended", 1013]);
});

test("what is said to several is written once", () => {
  const notifications = new Notifications();
  const message = { id: "1", relayed: "now", mse: { method: "sdpOffer", params: { offer: "o" } } } as const;
  expect(notifications.write(message, "u")).toBe(notifications.write(message, "u"));
  expect(notifications.write({ ...message }, "u")).not.toBe(notifications.write(message, "u"));
});
