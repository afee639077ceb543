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
    ping: () => seen.push("ping"),
    pause: () => seen.push("pause"),
    resume: () => seen.push("resume"),
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

test("after each token that is refused another is waited for, for half a minute in all", () => {
  const { session } = open();
  expect(session.tokenDue).toBe(10_000);
  for (const [refusedAt, due] of [
    [9000, 19_000],
    [18_000, 28_000],
    [27_000, 30_000],
    [29_000, 30_000],
  ] as const) {
    session.awaitBetterToken(refusedAt);
    expect(session.tokenDue).toBe(due);
  }
});

test("while nobody can say whether a token is good, it is waited on", () => {
  const { session } = open();
  session.awaitTokenAgain(60_000);
  expect(session.tokenDue).toBe(70_000);
  session.awaitBetterToken(61_000);
  expect(session.tokenDue).toBe(70_000);
});

test("a peer that is not listened to for a while is not taken for dead afterwards", async () => {
  const { session, seen } = open();
  session.ping(1000);
  const { promise, resolve } = Promise.withResolvers<void>();
  const held = session.holdBack(promise);
  expect(session).toMatchObject({ heldBack: true, alive: false });
  resolve();
  await held;
  expect(session).toMatchObject({ heldBack: false, alive: true });
  expect(seen).toEqual(["ping", "pause", "resume"]);
});

test("what is said to several is written once", () => {
  const notifications = new Notifications();
  const message = { id: "1", relayed: "now", mse: { method: "sdpOffer", params: { offer: "o" } } } as const;
  expect(notifications.write(message, "u")).toBe(notifications.write(message, "u"));
  expect(notifications.write({ ...message }, "u")).not.toBe(notifications.write(message, "u"));
});
