// What no operator sends: the port says what is wrong, goes on answering others, and waits for nobody for long.
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { ask, JSON_HEADERS } from "../../helpers/http.ts";
import { connect } from "../../helpers/party.ts";
import { type Pod, startPod } from "../../helpers/pod.ts";

const PATIENCE_MS = 30_000;

let pod: Pod;
beforeAll(async () => {
  pod = await startPod();
}, PATIENCE_MS);
afterAll(async () => {
  expect(pod.output()).not.toMatch(/uncaught|unhandled|request failed/i);
  await pod.stop();
});

describe("names", () => {
  const NAMES = [
    ["slashes", "a/b//c"],
    ["a way out of a folder", "../../etc/passwd"],
    ["a way out, percent-encoded in itself", "%2e%2e%2f%2e%2e%2fetc%2fpasswd"],
    ["dots", ".."],
    ["letters of all the world", "комната 部屋 🚪"],
    ["a name of JavaScript's", "__proto__"],
    ["another one", "constructor"],
    ["a key of Redis", "jgl:{room:x}"],
    ["control characters", "\u0000\r\nSet-Cookie: a=b"],
    ["4,000 characters", "x".repeat(4000)],
  ] as const;

  test.each(NAMES)("of %s are taken literally", async (_name, rid) => {
    const path = `/rooms/${encodeURIComponent(rid).replaceAll(".", "%2E")}`;
    expect(await ask(pod.rest, path)).toMatchObject({
      status: 404,
      body: { errorCode: 404_001, errorDetails: /Nobody/ as never },
    });
    const member = await connect(pod.url);
    await member.joinMuc(rid);
    const { status, body } = await ask(pod.rest, path);
    expect([status, body]).toMatchObject([200, { rid, members: [{ session: member.id }] }]);
    member.close();
  });

  test.each(["/rooms/", "/rooms/a/b", "/rooms/../about", "/users/", "/users//", "/rooms/%2e%2e/%2e%2e/etc"])(
    "%s is no endpoint",
    async (path) => {
      expect(await ask(pod.rest, path)).toMatchObject({
        status: 404,
        body: { errorDetails: "There is no such endpoint" },
      });
    },
  );

  test.each(["/rooms/%", "/rooms/%f", "/users/%ff", "/users/%c0%ae%c0%ae", "/rooms/%u0041"])(
    "%s can't be read",
    async (path) => {
      expect(await ask(pod.rest, path)).toMatchObject({ status: 400, body: { errorCode: 400_001 } });
    },
  );

  test("longer than all headers may be are not read", async () => {
    expect((await ask(pod.rest, `/rooms/${"x".repeat(17_000)}`)).status).toBe(431);
  });
});

describe("bodies", () => {
  const put = (body: string, headers: Record<string, string> = JSON_HEADERS) =>
    ask(pod.rest, "/logs/levels", { method: "PUT", body, headers });

  test.each([
    ["nothing", "", 400, "level: wants one of trace"],
    ["no JSON", "level=info", 400, "JSON"],
    ["half of one", '{"level":', 400, "JSON"],
    ["a list", "[]", 400, "body: "],
    ["no level", "{}", 400, "level: wants one of trace"],
    ["another level", '{"level":"loud"}', 400, "level: wants one of trace"],
    ["something beside it", '{"level":"info","colour":"red"}', 400, 'there is no property "colour"'],
    ["what JavaScript inherits", '{"level":"info","constructor":{}}', 400, 'there is no property "constructor"'],
    ["a deep one", `{"level":${"[".repeat(3000)}${"]".repeat(3000)}}`, 400, "level: wants one of trace"],
    ["more than 8 kB", JSON.stringify({ level: "x".repeat(10_000) }), 413, "8192 bytes"],
    ["much more", JSON.stringify({ level: "x".repeat(10_000_000) }), 413, "8192 bytes"],
  ])("of %s are refused, and it is said why", async (_name, body, status, details) => {
    const answer = await put(body).catch((error: NodeJS.ErrnoException) => error);
    // Who goes on sending what nobody reads may see the end of the connection first.
    if (answer instanceof Error)
      return expect([status, answer.code]).toEqual([413, expect.stringMatching(/EPIPE|ECONNRESET/)]);
    expect(answer.status).toBe(status);
    expect((answer.body as { errorDetails: string }).errorDetails).toContain(details);
  });

  test("name no more unknown properties than a sentence holds", async () => {
    const body = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`${at}${"x".repeat(20)}`, 1]));
    const { text } = await put(JSON.stringify(body));
    expect(text.length).toBeLessThan(1000);
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/octet-stream"])(
    "of %s are refused: a page can send those without asking",
    async (type) => {
      const answer = await put('{"level":"trace"}', { "Content-Type": type });
      expect(answer).toMatchObject({ status: 400, body: { errorCode: 400_001 } });
    },
  );
});

describe("methods", () => {
  test.each([
    ["DELETE", "/about", "GET, HEAD"],
    ["POST", "/metrics", "GET, HEAD"],
    ["GET", "/logs/levels", "PUT"],
    ["PATCH", "/users/alice", "GET, HEAD"],
  ])("%s %s is refused with those that there are", async (method, path, allow) => {
    const answer = await ask(pod.rest, path, { method });
    expect([answer.status, answer.headers.allow]).toEqual([405, allow]);
    expect(answer.body).toMatchObject({ errorCode: 405_001 });
  });

  test("HEAD is answered as GET is, without the body", async () => {
    const answer = await ask(pod.rest, "/about", { method: "HEAD" });
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(Number(answer.headers["content-length"])).toBeGreaterThan(100);
  });
});

describe("connections", () => {
  /** From an address of its own: others must not be counted with it. */
  async function open(localAddress: string): Promise<Socket & { readonly received: () => string }> {
    const { hostname: host, port } = new URL(pod.rest);
    const socket = connectTcp({ host, port: Number(port), localAddress });
    let received = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      received += chunk;
    });
    socket.on("error", () => {});
    await once(socket, "connect");
    return Object.assign(socket, { received: () => received });
  }

  const slow = [
    ["say nothing", ""],
    ["never end their headers", "GET /about HTTP/1.1\r\nHost: localhost\r\n"],
    [
      "never end their body",
      "PUT /logs/levels HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
    ],
  ] as const;

  test.concurrent.each(slow)(
    "that %s are ended, though they go on sending",
    { timeout: PATIENCE_MS },
    async (name, start) => {
      const socket = await open("127.0.0.20");
      socket.write(start);
      // A byte now and then keeps a connection busy, and must not keep it open.
      const dripping = setInterval(() => socket.write(name.includes("body") ? " " : start && "X: y\r\n"), 200);
      await eventually(() => expect(socket.destroyed).toBe(true), PATIENCE_MS);
      clearInterval(dripping);
      if (start !== "") expect(socket.received()).toMatch(/^HTTP\/1\.1 408 /);
    },
  );

  test("beyond 200 of one address are closed at once, and others are answered", { timeout: PATIENCE_MS }, async () => {
    const sockets = await Promise.all(Array.from({ length: 300 }, () => open("127.0.0.21")));
    await eventually(() => expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(100));
    expect((await ask(pod.rest, "/livez")).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    const again = () => ask(pod.rest, "/livez", { localAddress: "127.0.0.21" });
    await eventually(async () => expect((await again()).status).toBe(200));
  });

  test("that are taken by many addresses come to an end", { timeout: PATIENCE_MS }, async () => {
    const addresses = Array.from({ length: 8 }, (_, at) => `127.0.0.${30 + at}`);
    const sockets = await Promise.all(addresses.flatMap((address) => Array.from({ length: 190 }, () => open(address))));
    await eventually(() => expect(sockets.filter(({ destroyed }) => destroyed).length).toBeGreaterThanOrEqual(520));
    // The rest is silent, and given up.
    await eventually(async () => expect((await ask(pod.rest, "/livez")).status).toBe(200), PATIENCE_MS);
    for (const socket of sockets) socket.destroy();
  });
});
