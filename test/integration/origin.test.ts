// Pages of origins that are not listed come in by no request, over no transport, with no session of anybody's.
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { shakeHands, statusOfHandshake } from "../helpers/handshake.ts";
import { JWT_SECRET } from "../helpers/mse-client.ts";
import { connect } from "../helpers/party.ts";
import { APP_TOKEN, type Pod, startPod } from "../helpers/pod.ts";

const OWN = "https://app.example.com";
const FOREIGN = [
  ["another host", "https://evil.example"],
  ["the apex of a wildcard", "https://example.com"],
  ["a host that only ends like a wildcard's", "https://evil-example.com"],
  ["another scheme", "http://app.example.com"],
  ["another port", "https://app.example.com:8443"],
  ["a page without an origin", "null"],
] as const;

let pod: Pod;
let msePort: string;
let polling: string;
let socket: string;
beforeAll(async () => {
  const corsPolicyOrigin = "https://*.example.com, https://b.example:8443";
  pod = await startPod({
    corsPolicyOrigin,
    jwtSecret: JWT_SECRET,
    jwtRequired: "false",
    msePort: "0",
    shutdownTimeoutSeconds: "1",
  });
  msePort = `http://127.0.0.1:${/"msePort":(\d+)/.exec(pod.output())?.[1]}/`;
  polling = `${pod.url}/socket.io/?EIO=4&transport=polling`;
  socket = `${pod.url}/socket.io/?EIO=4&transport=websocket`;
});
afterAll(() => pod.stop());

/** A session that polls, as a page of one's own has begun it. */
async function openSession(): Promise<string> {
  const opened = await (await fetch(polling, { headers: { Origin: OWN } })).text();
  return JSON.parse(opened.slice(1)).sid;
}

const enter = (sid: string, origin: string) =>
  fetch(`${polling}&sid=${sid}`, {
    method: "POST",
    headers: { Origin: origin },
    body: `40${JSON.stringify({ appToken: APP_TOKEN })}`,
  });

async function rejected(): Promise<number> {
  const metrics = await (await fetch(`${pod.rest}/metrics`)).text();
  return Number(/^jongleur_rejected_total\{reason="origin"\} (\d+)/m.exec(metrics)?.[1]);
}

test.each(FOREIGN)("%s is refused on every kind of request, and each is counted", async (_name, origin) => {
  const headers = { Origin: origin };
  const before = await rejected();
  const sid = await openSession();
  const statuses = {
    "polling, first request": (await fetch(polling, { headers })).status,
    "polling, GET of a session": (await fetch(`${polling}&sid=${sid}`, { headers })).status,
    "polling, POST of a session": (await enter(sid, origin)).status,
    "WebSocket, first request": await statusOfHandshake(socket, headers),
    "WebSocket of a session": await statusOfHandshake(`${socket}&sid=${sid}`, headers),
    "WebSocket from before RFC 6455": await statusOfHandshake(socket, {
      "Sec-WebSocket-Version": "8",
      "Sec-WebSocket-Origin": origin,
    }),
    "MSE on the clients' port": await statusOfHandshake(`${pod.url}/mse`, headers),
    "MSE on its own port": await statusOfHandshake(msePort, headers),
  };
  expect(Object.entries(statuses).filter(([, status]) => status !== 403)).toEqual([]);
  expect(await rejected()).toBe(before + 8);
  // None of it touched the session, which goes on from its own page.
  expect((await enter(sid, OWN)).status).toBe(200);
  const answer = await fetch(`${polling}&sid=${sid}`, { headers: { Origin: OWN } });
  expect(await answer.text()).toMatch(/^40\{"sid"/);
});

test.each([["https://app.example.com"], ["https://a.b.example.com"], ["https://b.example:8443"], [undefined]])(
  "%s is let in by every kind of request",
  async (origin) => {
    const headers: Record<string, string> = origin === undefined ? {} : { Origin: origin };
    const answer = await fetch(polling, { headers });
    const sid = JSON.parse((await answer.text()).slice(1)).sid;
    expect((await fetch(`${polling}&sid=${sid}`, { method: "POST", headers, body: "3" })).status).toBe(200);
    for (const url of [`${socket}&sid=${sid}`, socket, `${pod.url}/mse`, msePort]) {
      expect(await statusOfHandshake(url, headers), url).toBe(101);
    }
    const options = { transports: ["polling", "websocket"], extraHeaders: headers };
    (await connect(pod.url, undefined, { options })).close();
  },
);

test("answers name the page that may read them, and say that they depend on who asks", async () => {
  const readable = async (method: string, origin?: string) => {
    const answer = await fetch(polling, { method, headers: origin === undefined ? {} : { Origin: origin } });
    const { headers } = answer;
    return [
      headers.get("access-control-allow-origin"),
      headers.get("access-control-allow-credentials"),
      headers.get("vary")?.includes("Origin"),
    ];
  };
  for (const method of ["GET", "OPTIONS"]) {
    expect(await readable(method, OWN)).toEqual([OWN, "true", true]);
    expect((await readable(method, "https://evil.example"))[0]).toBeNull();
    expect((await readable(method, "https://evil.example"))[2]).toBe(true);
    expect((await readable(method))[0]).toBeNull();
    expect((await readable(method))[2]).toBe(true);
  }
});

test("without a list any page may come, and read answers that hold nobody's credentials", async () => {
  const open = await startPod({ jwtSecret: JWT_SECRET, jwtRequired: "false", shutdownTimeoutSeconds: "1" });
  const answer = await fetch(`${open.url}/socket.io/?EIO=4&transport=polling`, { headers: { Origin: "null" } });
  expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
  expect(await statusOfHandshake(`${open.url}/mse`, { Origin: "https://evil.example" })).toBe(101);
  await open.stop();
});

test("a page that is refused again and again leaves nothing behind", async () => {
  // Of its own: sessions of other tests come and go.
  const closed = await startPod({ corsPolicyOrigin: "https://*.example.com", shutdownTimeoutSeconds: "1" });
  const url = `${closed.url}/socket.io/?EIO=4&transport=websocket`;
  const users = async () => (await (await fetch(`${closed.rest}/stats`)).json()) as { users_count: number };
  const refused = Array.from({ length: 200 }, () => shakeHands(url, { Origin: "https://evil.example" }));
  const sockets = (await Promise.all(refused)).map(({ status, socket: tcp }) => ({ status, tcp }));
  expect(new Set(sockets.map(({ status }) => status))).toEqual(new Set([403]));
  // It is the pod that ends these connections.
  await eventually(() => expect(sockets.every(({ tcp }) => tcp.destroyed)).toBe(true));
  expect((await users()).users_count).toBe(0);
  await closed.stop();
});
