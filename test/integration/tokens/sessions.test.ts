// How many sessions a user may have, over all pods and both protocols.
import { randomUUID } from "node:crypto";
import { RequestFactory } from "@jongleur/protocol";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { JWT_SECRET, openMse, tokenFor } from "../../helpers/mse-client.ts";
import { type Service, startService } from "../../helpers/pods.ts";
import { enterJsongle } from "../../helpers/tokens.ts";

let service: Service;
beforeAll(async () => {
  service = await startService(2, { redisUrl: inject("redis").url, jwtSecret: JWT_SECRET, maxSessionsPerUser: "4" });
}, 60_000);
afterAll(() => service?.stop());

interface Entered {
  readonly close: () => void;
}

/** By turns on each pod, and in pairs by each protocol. */
async function enter(i: number, uid: string, claims: object): Promise<Entered | undefined> {
  const { url } = service.pods[i % 2]!;
  if (i % 4 < 2) return enterJsongle(url, uid, { ...claims }).catch(() => undefined);
  const client = await openMse(url);
  const answer = await client.ask(RequestFactory.auth(await tokenFor({ userId: uid, ...claims })));
  if ((answer as { result?: string }).result === "authenticated") return client;
  expect(answer).toMatchObject({ error: { code: -32_002, data: { retryAfterMs: expect.any(Number) } } });
  client.close();
  return undefined;
}

test.each([
  ["the setting", {}, 4],
  ["the token", { jongleur: { maxSessions: 7 } }, 7],
  ["the token, for one", { jongleur: { maxSessions: 1 } }, 1],
])("of those who come at once by both protocols on two pods as many get in as %s says", async (_name, claims, most) => {
  const uid = `user-${randomUUID()}`;
  const entered = await Promise.all(Array.from({ length: 16 }, (_, i) => enter(i, uid, claims)));
  const inside = entered.filter((each) => each !== undefined);
  expect(inside).toHaveLength(most);
  const { sessions } = (await (await fetch(`${service.pods[0]!.rest}/users/${uid}`)).json()) as { sessions: unknown[] };
  expect(sessions).toHaveLength(most);
  // Who goes makes room for another.
  inside[0]!.close();
  await eventually(async () => expect(await enter(1, uid, claims)).toBeDefined());
  for (const each of inside) each.close();
});

test("who is refused is told why", async () => {
  const uid = `user-${randomUUID()}`;
  const claims = { jongleur: { maxSessions: 1 } };
  const first = await enterJsongle(service.pods[0]!.url, uid, claims);
  await expect(enterJsongle(service.pods[1]!.url, uid, claims)).rejects.toThrow("does not accept the identity");
  const metrics = await (await fetch(`${service.pods[1]!.rest}/metrics`)).text();
  expect(metrics).toMatch(/jongleur_rejected_total\{reason="user_sessions"\} [1-9]/);
  first.close();
});
