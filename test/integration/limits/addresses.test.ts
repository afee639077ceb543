// How many connections an address may have and open, behind proxies too (docs/configuration.md, "Limits by address").
import { io } from "socket.io-client";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { shakeHands, WAYS } from "../../helpers/handshakes.ts";
import { JWT_SECRET } from "../../helpers/mse-client.ts";
import { connect } from "../../helpers/party.ts";
import { APP_TOKEN, startPod } from "../../helpers/pod.ts";
import { rejections } from "../../helpers/rejections.ts";

async function startLimited(settings: Readonly<Record<string, string>>) {
  const pod = await startPod({ jwtSecret: JWT_SECRET, jwtRequired: "false", connectionRate: "0", ...settings });
  onTestFinished(async () => void (await pod.stop()));
  return pod;
}

const from = (address: string) => ({ "X-Forwarded-For": address });

/** What a client is told that is turned away. */
const TURNED = { status: 429, retryAfter: "5", body: expect.stringContaining('"errorCode":429001') };

test("an address has so many connections of both protocols and all transports; what is open goes on", async () => {
  const pod = await startLimited({ addressLimits: "on", maxConnectionsPerAddress: "3" });
  const poller = await connect(pod.url, undefined, { options: { transports: ["polling"] } });
  const held = [await shakeHands(pod.url, "websocket"), await shakeHands(pod.url, "mse")];
  for (const way of WAYS) expect(await shakeHands(pod.url, way)).toMatchObject(TURNED);
  // Its requests carry a session id: they open nothing.
  expect(await poller.join("a room")).toMatchObject({ rid: "a room" });
  expect(await rejections(pod, "address_connections")).toBe(3);
  held[1]!.close();
  await eventually(async () => expect(await shakeHands(pod.url, "mse")).toMatchObject({ status: 101 }));
});

test("a client of Socket.IO is told why, and tries again by itself until it is let in", async () => {
  const pod = await startLimited({ addressLimits: "on", maxConnectionsPerAddress: "1" });
  const first = await connect(pod.url);
  for (const [transport, told] of [
    ["polling", { message: "xhr poll error", description: 429 }],
    ["websocket", { message: "websocket error", description: { message: expect.stringContaining("429") } }],
  ] as const) {
    const socket = io(pod.url, { transports: [transport], forceNew: true, auth: { appToken: APP_TOKEN } });
    onTestFinished(() => void socket.disconnect());
    const error = await new Promise((resolve) => socket.once("connect_error", resolve));
    expect(error).toMatchObject(told);
    expect(socket.active).toBe(true);
    if (transport === "polling") socket.disconnect();
    else first.close();
    await eventually(() => expect(socket.connected).toBe(transport === "websocket"), 15_000);
  }
});

test("who opens connections faster than its address may is turned away, and told until when", async () => {
  const pod = await startLimited({ addressLimits: "on", connectionRate: "1/5" });
  const answers = await Promise.all(Array.from({ length: 30 }, () => shakeHands(pod.url, "websocket")));
  const turned = answers.filter(({ status }) => status === 429);
  expect(answers.length - turned.length).toBeGreaterThanOrEqual(5);
  expect(turned.length).toBeGreaterThan(0);
  expect(new Set(turned.map(({ retryAfter }) => retryAfter))).toEqual(new Set(["1"]));
  expect(await rejections(pod, "address_rate")).toBe(turned.length);
  await eventually(async () => expect(await shakeHands(pod.url, "mse")).toMatchObject({ status: 101 }));
});

test("behind a listed proxy each client has its own address, and all of an IPv6 /64 are one", async () => {
  const pod = await startLimited({ trustedProxies: "127.0.0.1", maxConnectionsPerAddress: "1" });
  const status = async (address: string, way: (typeof WAYS)[number]) =>
    (await shakeHands(pod.url, way, from(address))).status;
  expect(await status("192.0.2.1", "websocket")).toBe(101);
  expect(await status("192.0.2.2", "mse")).toBe(101);
  expect(await status("2001:db8:0:1::1", "polling")).toBe(200);
  expect(await status("2001:db8:0:2::1", "mse")).toBe(101);
  for (const way of WAYS) {
    expect(await status("192.0.2.1", way)).toBe(429);
    expect(await status("2001:db8:0:1:ffff::9", way)).toBe(429);
    // What stands before the address that the proxy saw is the client's invention.
    expect(await status("198.51.100.9, 192.0.2.1", way)).toBe(429);
  }
  // What the proxy does for itself has no limit.
  for (const way of WAYS) expect((await shakeHands(pod.url, way)).status).toBeLessThan(300);
});

test("nobody gets another address by a header that no listed proxy has written", async () => {
  const pod = await startLimited({ trustedProxies: "192.0.2.1", maxConnectionsPerAddress: "2" });
  for (const n of [1, 2])
    expect(await shakeHands(pod.url, "mse", from(`203.0.113.${n}`))).toMatchObject({ status: 101 });
  for (const way of WAYS) expect(await shakeHands(pod.url, way, from("203.0.113.9"))).toMatchObject(TURNED);
});

test("IPv6 clients are counted as well, apart from those of IPv4", async () => {
  const pod = await startLimited({ addressLimits: "on", maxConnectionsPerAddress: "1" });
  const ipv6 = pod.url.replace("127.0.0.1", "[::1]");
  expect(await shakeHands(ipv6, "mse")).toMatchObject({ status: 101 });
  expect(await shakeHands(ipv6, "websocket")).toMatchObject(TURNED);
  expect(await shakeHands(pod.url, "websocket")).toMatchObject({ status: 101 });
});

test("as long as no proxy is listed, no address is limited: behind one, all clients would share theirs", async () => {
  const pod = await startLimited({ maxConnectionsPerAddress: "1", connectionRate: "1/1" });
  for (const way of [...WAYS, ...WAYS]) expect((await shakeHands(pod.url, way)).status).toBeLessThan(300);
});
