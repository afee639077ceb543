// A real coturn takes the credentials that pods give, for as long as they last, and no others.
import { randomUUID } from "node:crypto";
import { type IceServers, RequestFactory } from "@jongleur/protocol";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { JWT_SECRET, startMse } from "../helpers/mse-client.ts";
import { connect } from "../helpers/party.ts";
import { type Pod, startPod } from "../helpers/pod.ts";
import { notePrograms } from "../helpers/programs.ts";
import { type TurnAnswer, TurnClient, type TurnLogin } from "../helpers/turn-client.ts";
import { type Coturn, startCoturn } from "../provision/coturn.ts";
import { findCoturn } from "../provision/local-coturn.ts";
import type { FoundProgram } from "../provision/program.ts";

const [SECRET, NEXT_SECRET] = ["the secret of today", "the secret of tomorrow"];
const UNAUTHORIZED = 401;
const QUOTA_REACHED = 486;

// Pods of their own take their time where many start, and so does unpacking coturn.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 300_000 });

let program: FoundProgram;
let coturn: Coturn;
let pod: Pod;
beforeAll(async () => {
  program = await findCoturn();
  coturn = await startCoturn(program, [SECRET, NEXT_SECRET]);
  pod = await startPod({ turnUrls: coturn.url, turnSecret: SECRET, jwtSecret: JWT_SECRET, jwtRequired: "false" });
});
afterAll(async () => {
  await pod?.stop();
  await coturn?.stop();
  for (const client of clients) client.close();
});
notePrograms(() => [program]);

/** Open to the end: with the port of one that has closed, the next would be taken for it (437). */
const clients: TurnClient[] = [];

function newClient(): TurnClient {
  const client = new TurnClient(coturn.port);
  clients.push(client);
  return client;
}

/** What coturn says to it; what it grants is given back. */
async function allocate(login: TurnLogin): Promise<TurnAnswer> {
  const client = newClient();
  const answer = await client.allocate(login);
  if (answer === "granted") await client.refresh(login, 0);
  return answer;
}

function loginIn({ iceServers }: IceServers): TurnLogin {
  const { username, credential } = iceServers.find(({ urls }) => urls.includes(coturn.url)) ?? {};
  if (username === undefined || credential === undefined) throw new Error(JSON.stringify(iceServers));
  return { username, credential };
}

/** What a member of a room is given who asks by JSONgle. */
async function loginOf(uid: string, url = pod.url): Promise<TurnLogin> {
  const party = await connect(url, uid);
  onTestFinished(() => party.close());
  await party.join(randomUUID());
  return loginIn(await party.iceServers());
}

test.each(["alice", "alice@example.com", "ünï ☂", "a'b\"c\\d", "union select", "\ud800", "x".repeat(10_000)])(
  "coturn takes what the user %j is given",
  async (uid) => {
    expect(await allocate(await loginOf(uid))).toBe("granted");
  },
);

test("coturn takes what is given by MSE", async () => {
  const client = await startMse(pod.url, "mia", randomUUID());
  const { result } = (await client.ask(RequestFactory.iceServers())) as { result: IceServers };
  client.close();
  expect(await allocate(loginIn(result))).toBe("granted");
});

test("coturn refuses a credential by another secret, of another user, and of another time", async () => {
  const stranger = await startPod({ turnUrls: coturn.url, turnSecret: "another secret" });
  onTestFinished(async () => void (await stranger.stop()));
  const [mine, others, foreign] = [await loginOf("alice"), await loginOf("bob"), await loginOf("alice", stranger.url)];
  const [expiry = "", user = ""] = mine.username.split(":");
  expect(await allocate(foreign)).toBe(UNAUTHORIZED);
  expect(await allocate({ ...mine, username: others.username })).toBe(UNAUTHORIZED);
  expect(await allocate({ ...mine, username: `${expiry}:bob` })).toBe(UNAUTHORIZED);
  expect(await allocate({ ...mine, username: `${Number(expiry) + 3600}:${user}` })).toBe(UNAUTHORIZED);
  expect(await allocate({ ...mine, credential: "" })).toBe(UNAUTHORIZED);
  expect(await allocate(mine)).toBe("granted");
});

test("a credential that has expired opens nothing new, and what it has opened can be kept", async () => {
  const brief = await startPod({ turnUrls: coturn.url, turnSecret: SECRET, turnTtlSeconds: "5" });
  onTestFinished(async () => void (await brief.stop()));
  const [client, uid] = [newClient(), randomUUID()];
  const login = await loginOf(uid, brief.url);
  expect(await client.allocate(login)).toBe("granted");
  // Another user's: asking again and again uses up a quota.
  const later = await loginOf(randomUUID(), brief.url);
  await eventually(async () => expect(await allocate(later)).toBe(UNAUTHORIZED), 30_000);
  expect(await allocate(login)).toBe(UNAUTHORIZED);
  expect(await client.refresh(login)).toBe("granted");
  // Whoever asks again is given another.
  expect(await allocate(await loginOf(uid, brief.url))).toBe("granted");
});

test("who has left keeps what was given until it expires, and is given nothing more", async () => {
  const [party, rid] = [await connect(pod.url), randomUUID()];
  await party.join(rid);
  const login = loginIn(await party.iceServers(rid));
  await party.request("session-leave", { rid });
  await expect(party.iceServers(rid)).rejects.toMatchObject({ code: 404002 });
  expect(await allocate(login)).toBe("granted");
  party.close();
});

test("while secrets are changed coturn takes both", async () => {
  const next = await startPod({ turnUrls: coturn.url, turnSecret: NEXT_SECRET });
  onTestFinished(async () => void (await next.stop()));
  expect(await allocate(await loginOf("alice", next.url))).toBe("granted");
  expect(await allocate(await loginOf("alice"))).toBe("granted");
});

test("coturn's quota is one of users, whichever credentials they have", async () => {
  const uid = randomUUID();
  const [first, second] = [await loginOf(uid), await loginOf(uid)];
  // user-quota in infra/coturn/turnserver.conf
  for (let n = 0; n < 24; n++) expect(await newClient().allocate(n % 2 === 0 ? first : second)).toBe("granted");
  expect(await allocate(second)).toBe(QUOTA_REACHED);
  expect(await allocate(await loginOf(randomUUID()))).toBe("granted");
});
