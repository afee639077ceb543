import { expect, test } from "vitest";
import { type Item, readBatch } from "./redis-bus-batch.ts";
import { RedisBusOutbox } from "./redis-bus-outbox.ts";
import { BusTally } from "./redis-bus-tally.ts";

/** An outbox whose batches are answered by hand. */
function openOutbox() {
  const sent: { readonly rids: readonly string[]; readonly seq: number; answer(arrived: boolean): void }[] = [];
  const lost: Item[] = [];
  const state = { open: true };
  const outbox = new RedisBusOutbox("b", "link", {
    from: "a",
    isOpen: () => state.open,
    maxUnderWay: 2,
    publish: (_, batch) => {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const { seq, items } = readBatch(batch)!;
      sent.push({ seq, rids: items.map((item) => ("rid" in item ? item.rid.slice(0, 9) : "")), answer: resolve });
      return promise;
    },
    onLost: (_, item) => lost.push(item),
    tally: new BusTally(),
  });
  const put = (rid: string) => {
    const item = { kind: "missing", rid, sessionIds: [] } as const;
    outbox.put(item, JSON.stringify(item));
  };
  return { outbox, put, sent, lost, state };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("beyond so many unanswered batches parcels wait, and go together when an answer comes", async () => {
  const { outbox, put, sent } = openOutbox();
  for (const rid of ["1", "2", "3", "4"]) {
    put(rid);
    outbox.flush();
  }
  expect(sent.map(({ rids }) => rids)).toEqual([["1"], ["2"]]);
  sent[0]?.answer(true);
  await turn();
  expect(sent.map(({ rids, seq }) => [seq, ...rids])).toEqual([
    [1, "1"],
    [2, "2"],
    [3, "3", "4"],
  ]);
  expect(outbox.length).toBe(0);
});

test("a batch has a limit, but a parcel that is longer goes all the same", () => {
  const { outbox, put, sent } = openOutbox();
  const [long, tooLong] = ["half".padEnd(150_000), "too long".padEnd(300_000)];
  for (const rid of [long, long, long]) put(rid);
  outbox.flush();
  expect(sent.map(({ rids }) => rids.length)).toEqual([1, 1]);
  const other = openOutbox();
  for (const rid of [tooLong, "short"]) other.put(rid);
  other.outbox.flush();
  expect(other.sent.map(({ rids }) => rids)).toEqual([["too long "], ["short"]]);
});

test("what does not arrive is lost item by item, what waits behind it goes on", async () => {
  const { outbox, put, sent, lost } = openOutbox();
  for (const rid of ["1", "2", "3"]) {
    put(rid);
    outbox.flush();
  }
  sent[0]?.answer(false);
  await turn();
  expect(lost).toMatchObject([{ rid: "1" }]);
  expect(sent.at(-1)?.rids).toEqual(["3"]);
});

test("what waits when batches can no longer leave is lost", async () => {
  const { outbox, put, sent, lost, state } = openOutbox();
  for (const rid of ["1", "2", "3", "4"]) {
    put(rid);
    outbox.flush();
  }
  state.open = false;
  sent[0]?.answer(true);
  await turn();
  expect(lost).toMatchObject([{ rid: "3" }, { rid: "4" }]);
  expect(sent).toHaveLength(2);
});

test("an outbox is drained when all its batches are answered", async () => {
  const { outbox, put, sent } = openOutbox();
  let drained = false;
  put("1");
  const draining = outbox.drain().then(() => {
    drained = true;
  });
  await turn();
  expect(drained).toBe(false);
  sent[0]?.answer(true);
  await draining;
});

test("an outbox is in use while something has been put into it lately, or is under way", async () => {
  const { outbox, put, sent } = openOutbox();
  put("1");
  outbox.flush();
  expect([outbox.sweep(), outbox.sweep()]).toEqual([true, true]);
  sent[0]?.answer(true);
  await turn();
  expect(outbox.sweep()).toBe(false);
});
