// Joins from several pods at the same moment: limits hold exactly, and those who are in know of each other.
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { figure } from "../helpers/figures.ts";
import { connect, type Party, settle } from "../helpers/party.ts";
import { checkAfterRaces, connectOver, outcomeOf, race } from "../helpers/races.ts";
import { shareService } from "../helpers/shared-service.ts";
import { seeEachOther } from "../helpers/view.ts";

const RACERS = 50;

const service = shareService(4);

test.each([
  { kind: "room", limit: 2, rounds: 50 },
  { kind: "muc", limit: 10, rounds: 10 },
] as const)("of 50 who join a $kind at once from 4 pods, $limit are seated, $rounds times over", async (given) => {
  const all = await connectOver(service.pods, RACERS);
  let seated = 0;
  for (let round = 0; round < given.rounds; round++) seated += await race(all, given);
  await checkAfterRaces(service.couriers, all);
  figure("seats admitted", `${seated} of ${given.rounds * given.limit}, of ${given.rounds * RACERS} joins`);
  for (const party of all) party.close();
});

test("two who join at the same moment on two pods learn of each other, each once", async () => {
  const rounds = 100;
  const [alice, bob] = (await connectOver(service.pods, 2)) as [Party, Party];
  for (let round = 0; round < rounds; round++) {
    const rid = randomUUID();
    await Promise.all([alice.join(rid), bob.join(rid)]);
    await seeEachOther(rid, [alice, bob]);
  }
  await checkAfterRaces(service.couriers, [alice, bob]);
  figure("pairs who learned of each other", `${rounds} of ${rounds}`);
  for (const party of [alice, bob]) party.close();
});

test("a user is in 10 MUCs at most, whichever sessions on whichever pods ask for them at once", async () => {
  const rounds = 10;
  const sessions = await connectOver(service.pods, 8, () => "a user with many sessions");
  for (let round = 0; round < rounds; round++) {
    const wishes = sessions.flatMap((session) => [1, 2, 3].map(() => ({ session, rid: randomUUID() })));
    const outcomes = await Promise.all(wishes.map(({ session, rid }) => outcomeOf(session.joinMuc(rid))));
    const granted = wishes.filter((_, i) => outcomes[i] === "accepted");
    expect(granted).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === 403001)).toHaveLength(wishes.length - 10);
    // A MUC counts once for a user: another session may follow, into one and the same.
    const others = sessions.filter((session) => session !== granted[0]?.session);
    const followers = await Promise.all(others.map((other) => outcomeOf(other.joinMuc(granted[0]!.rid))));
    expect(followers).toEqual(others.map(() => "accepted"));
    await Promise.all(granted.map(({ session, rid }) => session.request("session-leave", { rid })));
    await Promise.all(others.map((other) => other.request("session-leave", { rid: granted[0]!.rid })));
  }
  figure("MUCs of one user", `${10 * rounds} of ${24 * rounds} that its 8 sessions asked for`);
  for (const session of sessions) session.close();
});

test("a place in a MUC that was full is not counted against the user", async () => {
  const [muc, uid] = [randomUUID(), `user-${randomUUID()}`];
  const seated = await connectOver(service.pods, 10);
  for (const party of seated) await party.joinMuc(muc);
  const late = await connect(service.pods[3]!.url, uid);
  const refused = await Promise.all(Array.from({ length: 20 }, () => outcomeOf(late.joinMuc(muc))));
  expect(refused).toEqual(refused.map(() => 403001));
  for (let n = 0; n < 10; n++) expect(await outcomeOf(late.joinMuc(randomUUID()))).toBe("accepted");
  await settle(late);
  for (const party of [...seated, late]) party.close();
});
