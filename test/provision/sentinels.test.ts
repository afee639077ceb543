// Sentinels that fail over.
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { needInfo } from "./info.ts";
import { startSentinels } from "./sentinels.ts";

test("when the master dies the replica takes over, with what it had, and clients find it", {
  timeout: 60_000,
}, async () => {
  const group = await startSentinels();
  onTestFinished(() => group.stop());
  const sentinels = group.sentinels.map(({ host, port }) => ({ host, port }));
  const client = new Redis({ sentinels, name: group.name });
  onTestFinished(() => client.disconnect());
  client.on("error", () => {});
  await client.set("key", "value");
  expect(await client.wait(1, 5000)).toBe(1);

  const old = await group.master();
  const current = await group.failOver();
  expect(current).not.toBe(old);
  expect(await group.master()).toBe(current);
  expect(await client.get("key")).toBe("value");

  await old.restart();
  await eventually(() => needInfo(old.url, "replication", /role:slave.*master_link_status:up/s), 30_000);
});
