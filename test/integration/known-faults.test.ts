// The faults that JSONgle-Server is known for, each with what is right instead.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { connect, errorCode, event, type Party, settle } from "../helpers/party.ts";
import { type Pod, startPod } from "../helpers/pod.ts";
import { event as frame, openWebSocket, SERVER_ID } from "./hostile/wire.ts";

let pod: Pod;
beforeAll(async () => {
  pod = await startPod();
});
afterAll(() => pod.stop());

/** What a connection with this `auth` is told: the packet that refuses it. */
async function refusal(url: string, auth: unknown): Promise<string> {
  const wire = await openWebSocket(url);
  wire.send(`40${auth === undefined ? "" : JSON.stringify(auth)}`);
  const packet = await wire.comes("4");
  wire.close();
  expect(wire.heard).toEqual([]);
  return packet ?? "";
}

async function stats({ rest }: Pod = pod): Promise<Record<string, number>> {
  return (await fetch(`${rest}/stats`)).json() as Promise<Record<string, number>>;
}

const iq = (query: string, description: object) =>
  frame({ id: "1", from: "f", to: SERVER_ID, jsongle: { action: "iq-set", query, transaction: "t", description } });

describe("connecting", () => {
  it.each([
    ["wrong", { appToken: "another token" }],
    ["missing", undefined],
    ["missing among other things", { token: "x" }],
    ["empty", { appToken: "" }],
    ["a number", { appToken: 0 }],
    ["an object", { appToken: { toString: "x" } }],
    ["a list", { appToken: ["token-of-the-tests"] }],
    ["null", { appToken: null }],
  ])("with a token that is %s is refused, and no hello is said", async (_name, auth) => {
    expect(await refusal(pod.url, auth)).toMatch(/^44.*"message":"Bad application token".*"errorCode":401001/);
  });

  it("to a pod with an empty token is refused to everybody, and the process says so at start", async () => {
    const closed = await startPod({ appToken: "" });
    expect(closed.output()).toContain("appToken is empty: every client is refused");
    for (const appToken of ["", "any", null]) {
      expect(await refusal(closed.url, { appToken })).toContain('"errorCode":401001');
    }
    expect(await closed.stop()).toBe(0);
  });

  it("beyond maxConcurrentUsers is refused with a reason of its own, until somebody leaves", async () => {
    const small = await startPod({ maxConcurrentUsers: "2" });
    const [first, second] = await Promise.all([connect(small.url), connect(small.url)]);
    await expect(connect(small.url)).rejects.toMatchObject({ message: expect.stringContaining("Too many users") });
    await expect(connect(small.url)).rejects.toMatchObject({ message: expect.not.stringContaining("token") });
    first.close();
    await eventually(async () => (await connect(small.url)).close());
    await eventually(async () => expect(await stats(small)).toMatchObject({ users_count: 1 }));
    expect(second.connected).toBe(true);
    second.close();
    await small.stop();
  });
});

describe("before hello is answered", () => {
  const requests = [
    ["session-join", iq("session-join", { rid: "early" })],
    ["muc-join", iq("muc-join", { rid: "early" })],
    ["session-leave", iq("session-leave", { rid: "early" })],
    ["a relayed text", frame({ to: "early", jsongle: { action: "session-text", description: { content: "x" } } })],
    [
      "a metrics report",
      frame({ to: SERVER_ID, jsongle: { action: "session-metrics", description: { duration: 60 } } }),
    ],
  ] as const;

  it.each(requests)("%s is refused with 403002", async (_name, request) => {
    const wire = await (await openWebSocket(pod.url)).enter();
    const [answers] = await wire.attempt([[request]]);
    expect(answers).toMatchObject([{ jsongle: { action: "session-error", description: { errorCode: 403_002 } } }]);
    wire.close();
  });

  it("nothing has any effect", async () => {
    const before = await stats();
    const member = await connect(pod.url);
    await member.join("early");
    const wire = await (await openWebSocket(pod.url)).enter();
    await wire.attempt(requests.map(([, request]) => [request]));
    await settle(member);
    expect(member.heard.filter(event("joined"))).toEqual([]);
    expect(member.heard.filter(({ jsongle }) => jsongle.action === "session-text")).toEqual([]);
    expect((await stats()).p2p_duration_total).toBe(before.p2p_duration_total);
    expect(await (await connect(pod.url)).join("early")).toMatchObject({ members: [{ uid: member.uid }] });
    wire.close();
    member.close();
  });
});

describe("joining", () => {
  it("a room twice takes no second seat and announces nothing", async () => {
    const [alice, bob] = await Promise.all([connect(pod.url), connect(pod.url)]);
    await alice.join("twice");
    expect(await alice.join("twice")).toEqual({ members: [], rid: "twice" });
    expect(await bob.join("twice")).toMatchObject({ members: [{ uid: alice.uid }] });
    expect(await bob.join("twice")).toMatchObject({ members: [{ uid: alice.uid }] });
    await settle(alice);
    expect(alice.heard.filter(event("joined"))).toHaveLength(1);
  });

  it("a rid that is another's session id neither reads nor speaks for that session", async () => {
    const [victim, peer, spy] = await Promise.all([connect(pod.url), connect(pod.url), connect(pod.url)]);
    await victim.join("private");
    await peer.join("private");
    expect(await spy.join(victim.id)).toEqual({ members: [], rid: victim.id });
    peer.send("private", { action: "session-text", description: { content: "for the victim" } });
    const text = await victim.hears(({ jsongle }) => jsongle.action === "session-text");
    expect(text.to).toBe(victim.id);
    spy.send(victim.id, { action: "session-custom", namespace: "muc", description: { content: "from the spy" } });
    spy.send("private", { action: "session-custom", description: { content: "from the spy" } });
    spy.send(victim.id, { action: "session-terminate", description: {} });
    await settle(spy, victim, peer);
    const said = (party: Party) => party.heard.map((message) => JSON.stringify(message)).join();
    expect(said(spy)).not.toContain("for the victim");
    expect(spy.heard.map(errorCode)).toContain(404_002);
    expect(said(victim) + said(peer)).not.toContain("from the spy");
    expect(victim.heard.map(({ jsongle }) => jsongle.action)).not.toContain("session-terminate");
  });

  it("as a MUC never enters a room for two, full or not, and the other way round", async () => {
    const [alice, bob, carol] = await Promise.all([connect(pod.url), connect(pod.url), connect(pod.url)]);
    await alice.join("for two");
    await expect(carol.joinMuc("for two")).rejects.toMatchObject({ code: 403_001 });
    await bob.join("for two");
    await expect(carol.joinMuc("for two")).rejects.toMatchObject({ code: 403_001 });
    await expect(carol.join("for two")).rejects.toMatchObject({ code: 403_001 });
    await expect(alice.joinMuc("for two")).rejects.toMatchObject({ code: 403_001 });
    await alice.joinMuc("for many");
    await expect(carol.join("for many")).rejects.toMatchObject({ code: 403_001 });
    await settle(alice);
    expect(alice.heard.filter(event("joined"))).toHaveLength(1);
  });

  it.each([
    ["a list", ["one", "two"]],
    ["a list of one", ["one"]],
    ["an object", { one: 1 }],
    ["a number", 1],
    ["true", true],
    ["null", null],
    ["empty", ""],
    ["the server's own id", SERVER_ID],
  ])("a rid that is %s is refused with 400001 and enters nothing", async (_name, rid) => {
    const before = await stats();
    const party = await connect(pod.url);
    for (const query of ["session-join", "muc-join"]) {
      await expect(party.request(query, { rid })).rejects.toMatchObject({ code: 400_001 });
    }
    for (const room of ["one", "two", "one,two", "1", "true", "null", "[object Object]"]) {
      await expect(party.request("session-leave", { rid: room })).rejects.toMatchObject({ code: 404_002 });
    }
    expect((await stats()).conferences_total).toBe(before.conferences_total);
    party.close();
  });

  it("MUCs is limited for a user over all its sessions, and leaving frees a place", async () => {
    const [phone, laptop, other] = await Promise.all([
      connect(pod.url, "busy"),
      connect(pod.url, "busy"),
      connect(pod.url, "idle"),
    ]);
    for (let index = 0; index < 10; index += 1) await (index % 2 ? phone : laptop).joinMuc(`muc ${index}`);
    await expect(phone.joinMuc("muc 10")).rejects.toMatchObject({ code: 403_001 });
    await expect(laptop.joinMuc("muc 10")).rejects.toMatchObject({ code: 403_001 });
    // A MUC in which the user is already takes no further place, nor do rooms, nor another user's MUCs.
    await laptop.joinMuc("muc 1");
    await laptop.join("a room for two");
    await other.joinMuc("muc 10");
    await phone.request("session-leave", { rid: "muc 3" });
    await laptop.joinMuc("muc 10");
    await expect(phone.joinMuc("muc 11")).rejects.toMatchObject({ code: 403_001 });
    laptop.close();
    await eventually(async () => void (await phone.joinMuc("muc 11")));
    phone.close();
    other.close();
  });
});

describe("counting", () => {
  it("conferences_count falls when the last member leaves, and when it disconnects", async () => {
    const own = await startPod();
    const [alice, bob] = await Promise.all([connect(own.url), connect(own.url)]);
    await alice.join("counted");
    await bob.join("counted");
    await alice.joinMuc("counted muc");
    expect(await stats(own)).toMatchObject({ conferences_count: 2, conferences_total: 2 });
    await alice.request("session-leave", { rid: "counted" });
    expect(await stats(own)).toMatchObject({ conferences_count: 2 });
    await bob.request("session-leave", { rid: "counted" });
    expect(await stats(own)).toMatchObject({ conferences_count: 1 });
    alice.close();
    await eventually(async () =>
      expect(await stats(own)).toMatchObject({ conferences_count: 0, conferences_total: 2 }),
    );
    bob.close();
    await own.stop();
  });
});

describe("operating", () => {
  it("/metrics is Prometheus text, and has no series for a path that was asked for", async () => {
    const seriesOf = async () => {
      const response = await fetch(`${pod.rest}/metrics`);
      expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
      // The runtime's own series come with the first garbage collection, whatever is asked for.
      const lines = (await response.text()).split("\n").filter((line) => !/^($|#|jongleur_nodejs_)/.test(line));
      return new Set(lines.map((line) => line.slice(0, line.lastIndexOf(" "))));
    };
    const before = await seriesOf();
    for (const path of ["nothing", "ping", "wp-login.php", "a/b/c?d=e"]) await fetch(`${pod.rest}/${path}`);
    expect([...(await seriesOf()).difference(before)]).toEqual([]);
  });

  it("PUT /logs/levels changes the level and tells the one before", async () => {
    const put = (body: unknown) =>
      fetch(`${pod.rest}/logs/levels`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    expect(await (await put({ level: "debug" })).json()).toEqual({ level: "debug", was: "info" });
    expect(await (await put({ level: "info" })).json()).toEqual({ level: "info", was: "debug" });
    for (const body of [{ level: "loud" }, { level: 3 }, { level: null }, {}, []]) {
      const response = await put(body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errorCode: 400_001 });
    }
    expect(await (await put({ level: "info" })).json()).toEqual({ level: "info", was: "info" });
  });

  it("/ping answers 200", async () => {
    expect((await fetch(`${pod.rest}/ping`)).status).toBe(200);
  });
});
