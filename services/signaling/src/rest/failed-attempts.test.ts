import { expect, test } from "vitest";
import { FailedAttempts } from "./failed-attempts.ts";

const WRONG = 11;

async function failOften(attempts: FailedAttempts, address: string): Promise<boolean[]> {
  const last: boolean[] = [];
  for (let count = 0; count < WRONG; count += 1) last.push(await attempts.add(address));
  return last;
}

test("the eleventh wrong token within a minute is one too many", async () => {
  const attempts = new FailedAttempts();
  expect(await failOften(attempts, "10.0.0.1")).toEqual([...Array.from({ length: WRONG - 1 }, () => false), true]);
  expect(await attempts.pause("10.0.0.1")).toBeGreaterThan(0);
  expect(await attempts.pause("10.0.0.2")).toBe(0);
});

test("another address of the same IPv6 network is no way out", async () => {
  const attempts = new FailedAttempts();
  await failOften(attempts, "2001:db8:1:2::1");
  expect(await attempts.pause("2001:DB8:1:2:ffff::9")).toBeGreaterThan(0);
  expect(await attempts.pause("2001:db8:1:3::1")).toBe(0);
});
