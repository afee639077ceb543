import { expect, test } from "vitest";
import { Inbox } from "./inbox.ts";

const holding = (tasks: number, size = 0) => new Inbox({ tasks, size });

test("a task runs at once while nothing is under way", () => {
  const done: string[] = [];
  const inbox = holding(1);
  inbox.post(() => void done.push("first"));
  expect(done).toEqual(["first"]);
});

test("tasks wait for one that takes time, and run in order", async () => {
  const done: string[] = [];
  const inbox = holding(10);
  const { promise, resolve } = Promise.withResolvers<void>();
  inbox.post(() => promise.then(() => void done.push("slow")));
  inbox.post(() => void done.push("second"));
  const end = inbox.end(async () => void done.push("end"));
  expect(done).toEqual([]);
  resolve();
  await end;
  expect(done).toEqual(["slow", "second", "end"]);
});

test("what is posted beyond the capacity is refused, but for the end", async () => {
  const done: string[] = [];
  const inbox = holding(1);
  const { promise, resolve } = Promise.withResolvers<void>();
  inbox.post(() => promise);
  expect(inbox.post(() => void done.push("waiting"))).toBe(true);
  expect(inbox.post(() => void done.push("refused"))).toBe(false);
  const end = inbox.end(async () => void done.push("end"));
  resolve();
  await end;
  expect(done).toEqual(["waiting", "end"]);
});

test("a task that leads to the end is still done first, and nothing is taken behind the end", async () => {
  const done: string[] = [];
  const inbox = holding(10);
  let end: Promise<void> | undefined;
  inbox.post(() => {
    done.push("begins");
    end = inbox.end(async () => void done.push("end"));
    expect(inbox.post(() => void done.push("refused"))).toBe(false);
    done.push("done");
    return undefined;
  });
  await end;
  expect(done).toEqual(["begins", "done", "end"]);
});

test("what waits is bounded by its size too, but one task may always wait", async () => {
  const done: string[] = [];
  const inbox = holding(10, 100);
  const { promise, resolve } = Promise.withResolvers<void>();
  inbox.post(() => promise);
  expect(inbox.post(() => void done.push("larger than all"), 101)).toBe(true);
  expect(inbox.post(() => void done.push("refused"), 1)).toBe(false);
  resolve();
  await inbox.end(async () => {});
  expect(done).toEqual(["larger than all"]);
});
