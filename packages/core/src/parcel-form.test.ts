import {
  buildChatOfText,
  buildRelayedNotification,
  buildTextOfChat,
  type Identity,
  type RoomName,
} from "@jongleur/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parcelsOf, spoiled } from "../../../test/helpers/hostile-parcels.ts";
import { LIMITS } from "../../../test/helpers/memory-cluster.ts";
import { noJournal } from "./journal.ts";
import { MemoryPresenceStore } from "./memory-presence-store.ts";
import { MemoryRoomStore } from "./memory-room-store.ts";
import { isParcel } from "./parcel-form.ts";
import type { Outgoing, ParcelReceiver, Relayed } from "./pod-bus.ts";
import { readBatch, writeBatch } from "./redis-bus-batch.ts";
import type { Session } from "./session.ts";
import { Signaling } from "./signaling.ts";
import { Tally } from "./tally.ts";

const NAMES = { rids: ["r", "elsewhere"], sessionIds: ["alice", "bob", "far", "stranger"], pods: ["here", "there"] };
const RUNS = { numRuns: 2000 };
const parcels = parcelsOf(NAMES);
const written = parcels.map((parcel) => JSON.stringify(parcel));

test("parcels of every kind are parcels, also when they have travelled", () => {
  fc.assert(
    fc.property(written, (text) => {
      expect(isParcel(JSON.parse(text))).toBe(true);
    }),
    RUNS,
  );
});

test("whatever comes in a batch, what is read of it is parcels, and the rest is counted", () => {
  const items = fc.array(fc.oneof(written, spoiled(parcels), fc.json()), { maxLength: 5 });
  fc.assert(
    fc.property(items, (texts) => {
      const batch = readBatch(writeBatch('["pod","link"', 1, texts))!;
      expect(batch.items.length + batch.malformed).toBe(texts.length);
      expect(batch.items.every((item) => Array.isArray(item) || isParcel(item))).toBe(true);
    }),
    RUNS,
  );
});

test("whatever comes in place of a batch is read as one or as none", () => {
  const batch = fc.tuple(fc.string(), fc.string(), fc.integer({ min: 1 }), fc.array(parcels, { maxLength: 2 }));
  const payloads = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    spoiled(batch).map((text) => Buffer.from(text)),
    fc.anything(),
  );
  fc.assert(
    fc.property(payloads, (payload) => {
      const read = readBatch(payload);
      if (!read) return;
      expect([typeof read.from, typeof read.link, Number.isSafeInteger(read.seq)]).toEqual(["string", "string", true]);
    }),
    RUNS,
  );
});

/** Takes all that it is told apart as sessions of both protocols do, down to the text that would be sent. */
class Listener implements Session {
  readonly protocol = "jsongle";
  readonly ended = false;
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  dismiss(): void {}

  send(message: Outgoing): void {
    JSON.stringify(message);
  }

  hear(message: Relayed, sender: Identity, room: RoomName): void {
    const said = "jsongle" in message ? message : buildTextOfChat(message, sender.uid, room);
    const notified =
      "jsongle" in message ? buildChatOfText(message, sender.uid) : buildRelayedNotification(message.mse, sender.uid);
    JSON.stringify([said, notified]);
  }
}

async function openPod() {
  let receiver: ParcelReceiver | undefined;
  const rooms = new MemoryRoomStore(() => 0);
  const signaling = new Signaling({
    serverId: "server",
    pod: "here",
    epoch: () => 1,
    now: () => 0,
    toIso: String,
    limits: LIMITS,
    rooms,
    presence: new MemoryPresenceStore(),
    bus: {
      receive: (taken) => {
        receiver = taken;
      },
      reaches: () => true,
      send: () => {},
      settle: async () => true,
    },
    journal: noJournal,
    tally: new Tally(),
    newId: () => "id",
  });
  await rooms.join("r", { sessionId: "far", pod: "there", epoch: 1, identity: { uid: "far" } }, "muc", 4);
  for (const name of ["alice", "bob"]) {
    const session = new Listener(name);
    await signaling.hello(session, { uid: name });
    await signaling.join(session, { rid: "r", kind: "muc" }, () => {});
  }
  return { signaling, receiver: receiver! };
}

/** What waits for a store in memory is done by then. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

test("whatever passes for a parcel can be carried out", { timeout: 60_000 }, async () => {
  const hostile = fc.array(fc.oneof(written, spoiled(parcels)), { minLength: 1, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(hostile, async (texts) => {
      const { signaling, receiver } = await openPod();
      for (const value of texts.map((text) => JSON.parse(text))) if (isParcel(value)) receiver.onParcel(value, "there");
      await quiet();
      signaling.tend();
      await quiet();
    }),
    { numRuns: 1000 },
  );
});
