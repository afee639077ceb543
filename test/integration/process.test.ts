// The process: starting, faults of settings, logs, and the end.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { io } from "socket.io-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { connect, event, settle } from "../helpers/party.ts";
import { APP_TOKEN, type Pod, runPod, startPod } from "../helpers/pod.ts";
import { freePort } from "../provision/free-port.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "jongleur-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("all faults of the settings are told at once, and nothing starts", async () => {
  const { code, output } = await runPod({
    wsPort: "http",
    MAX_MEMBERS_PER_ROOM: "-1",
    logFilePeriod: "soon",
    JONGLEUR_COLOUR: "red",
    logDefaultLevel: "loud",
    corsPolicyOrigin: "anywhere",
    NODE_ENV: "production",
    useHTTPS: "true",
    key: "/nowhere/key.pem",
    cert: "package.json",
    logPath: "/dev/null/pod.log",
  });
  expect(code).toBe(1);
  for (const fault of [
    'wsPort: got "http", wants a port from 0 to 65535',
    'maxMembersPerRoom: got "-1", wants a whole number from 1',
    'logFilePeriod: got "soon", wants s or m that divide 60',
    "JONGLEUR_COLOUR: there is no such setting",
    'logDefaultLevel: got "loud", wants one of trace, debug',
    'corsPolicyOrigin: got "anywhere", wants origins',
    "appToken: got nothing, wants the token",
    'key: got "/nowhere/key.pem", wants a PEM file that can be read',
  ]) {
    expect(output).toContain(fault);
  }
});

test.each([
  ["nothing", {}],
  ["an empty one", { appToken: "" }],
])("production with %s for an appToken does not start", async (got, settings) => {
  const { code, output } = await runPod({ NODE_ENV: "production", wsPort: "0", restPort: "0", ...settings });
  expect(code).toBe(1);
  expect(output).toContain(`appToken: got ${got}, wants`);
});

test("without an appToken one is made for the run, and printed", async () => {
  const pod = await startPod({ appToken: undefined as unknown as string });
  await eventually(() => expect(pod.output()).toMatch(/appToken +[0-9a-f]{32}/));
  const [, appToken] = /appToken +([0-9a-f]{32})/.exec(pod.output()) as unknown as [string, string];
  const party = await connect(pod.url, "u", { appToken });
  expect(party.connected).toBe(true);
  await pod.stop();
});

test("a log file that can't be written to is named", async () => {
  const { code, output } = await runPod({ appToken: "x", wsPort: "0", restPort: "0", logPath: "/dev/null/pod.log" });
  expect(code).toBe(1);
  expect(output).toContain('logPath: got "/dev/null/pod.log", wants a file that can be written');
});

test("a .env that can't be read is named", async () => {
  mkdirSync(join(folder, ".env"));
  const { code, output } = await runPod({ appToken: "x", wsPort: "0", restPort: "0" }, folder);
  expect(code).toBe(1);
  expect(output).toContain("can't start:\n  .env: wants a file that can be read");
});

test("a port that is taken is named", async () => {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const { code, output } = await runPod({ appToken: "x", wsPort: `${port}`, restPort: "0" });
  expect(code).toBe(1);
  expect(output).toContain(`wsPort: got ${port}, wants a port that is free`);
  server.close();
});

test("with useHTTPS, missing files are a fault, never a fall-back to HTTP", async () => {
  const { code, output } = await runPod({ appToken: "x", useHTTPS: "TRUE", key: "/nowhere/key.pem" });
  expect(code).toBe(1);
  expect(output).toContain("/nowhere/key.pem");
});

test("with useHTTPS, files that are no key and certificate are a fault", async () => {
  const { code, output } = await runPod({ appToken: "x", useHTTPS: "1", key: "package.json", cert: "README.md" });
  expect(code).toBe(1);
  expect(output).toContain('key, cert: got "package.json" and "README.md", wants a key and its certificate');
});

test("with useHTTPS, clients and operators are served over TLS", async () => {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const args = [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "1",
    "-keyout",
    key,
    "-out",
    cert,
    ...subject,
  ];
  execFileSync("openssl", args, { stdio: "ignore" });
  const pod = await startPod({ useHTTPS: "true", key, cert });
  const party = await connect(pod.url, "u", { options: { ca: readFileSync(cert, "utf8") } as object });
  await party.join("over TLS");
  expect(pod.rest).toMatch(/^https:/);
  await pod.stop();
});

test("SIGTERM tells the clients, closes them, and ends with exit code 0", async () => {
  const pod = await startPod();
  const parties = await Promise.all([
    connect(pod.url),
    connect(pod.url, "polls", { options: { transports: ["polling"] } }),
  ]);
  expect(await pod.stop()).toBe(0);
  for (const party of parties) {
    const drain = await party.hears(event("server-drain"));
    const { deadline } = drain.jsongle.description as { deadline: string };
    expect(new Date(deadline).toISOString()).toBe(deadline);
    await eventually(() => expect(party.connected).toBe(false));
  }
});

/** A request that never ends, so that the operators' port can't close by itself. */
async function hangOn({ rest }: Pod): Promise<void> {
  const socket = connectTcp(Number(new URL(rest).port), "127.0.0.1");
  socket.on("error", () => {});
  const head = "PUT /logs/levels HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{";
  await new Promise<void>((resolve) => socket.write(head, () => resolve()));
  // Answered after it, so the request above has come.
  await fetch(`${rest}/livez`);
}

test.each([["polling"], ["websocket"]])(
  "after the end, a default client over %s connects again by itself",
  async (transport) => {
    const wsPort = `${await freePort()}`;
    const pod = await startPod({ wsPort });
    const client = io(pod.url, { auth: { appToken: APP_TOKEN }, transports: [transport], reconnectionDelay: 50 });
    await once(client as never, "connect");
    expect(await pod.stop()).toBe(0);
    await eventually(() => expect(client).toMatchObject({ connected: false, active: true }));
    const next = await startPod({ wsPort });
    await eventually(() => expect(client.connected).toBe(true), 10_000);
    client.disconnect();
    await next.stop();
  },
);

test("stopping ends at its deadline, whatever hangs", async () => {
  const pod = await startPod({ shutdownTimeoutSeconds: "1" });
  await hangOn(pod);
  expect(await pod.stop()).toBe(0);
  expect(pod.output()).toContain('"part":"rest","result":"timed out"');
});

/** A client that polled once, to connect, and never again: it can't be told to go. */
async function connectAndFallSilent({ url }: Pod): Promise<void> {
  const polling = `${url}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(polling)).text()).slice(1));
  await fetch(`${polling}&sid=${sid}`, { method: "POST", body: `40${JSON.stringify({ appToken: APP_TOKEN })}` });
}

test("while it stops, the pod is alive but not ready, and lets nobody in; a second signal forces the end", async () => {
  const pod = await startPod({ shutdownTimeoutSeconds: "60" });
  await connectAndFallSilent(pod);
  pod.process.kill("SIGINT");
  await eventually(async () => expect((await fetch(`${pod.rest}/readyz`)).status).toBe(503));
  expect((await fetch(`${pod.rest}/livez`)).status).toBe(200);
  await expect(connect(pod.url)).rejects.toMatchObject({ code: 503001 });
  await eventually(() => {
    pod.process.kill("SIGINT");
    expect(pod.exitCode()).toBe(1);
  });
});

test("a client that does not read is closed, so that what it missed does not pile up", async () => {
  const pod = await startPod({ maxMessageBytes: "100000" });
  const talker = await connect(pod.url);
  await talker.joinMuc("m");
  const sleeper = io(pod.url, { auth: { appToken: APP_TOKEN }, transports: ["websocket"], reconnection: false });
  const say = (to: string, jsongle: object) => sleeper.emit("jsongle", { id: "1", from: "me", to, jsongle });
  sleeper.once("jsongle", ({ from }) => {
    say(from, { action: "iq-result", query: "session-hello", description: { uid: "sleeper" } });
    say(from, { action: "iq-set", query: "muc-join", description: { rid: "m" } });
  });
  await talker.hears(event("joined"));
  (sleeper.io.engine.transport as unknown as { ws: { _socket: Socket } }).ws._socket.pause();
  const content = "x".repeat(90_000);
  await eventually(async () => {
    for (let n = 0; n < 20; n++)
      talker.send("m", { action: "session-custom", namespace: "muc", description: { content } });
    await settle(talker);
    expect(talker.heard.some(event("left"))).toBe(true);
  });
  await eventually(() => expect(pod.output()).toContain("the client does not read"));
  sleeper.disconnect();
  await pod.stop();
});

test("a log file that fails is given up with one line, and the pod goes on", async () => {
  const pod = await startPod({ logPath: join(folder, "gone", "pod.log"), logFilePeriod: "1s" });
  rmSync(join(folder, "gone"), { recursive: true });
  writeFileSync(join(folder, "gone"), "no folder");
  await eventually(async () => {
    (await connect(pod.url)).close();
    expect(pod.output()).toContain("the log file can't be written to any more");
  });
  (await connect(pod.url)).close();
  expect(await pod.stop()).toBe(0);
  expect(pod.output().match(/can't be written/g)).toHaveLength(1);
});

test("a pod whose output nobody reads any more goes on", async () => {
  const pod = await startPod({ logDefaultLevel: "trace" });
  pod.process.stdout?.destroy();
  for (let n = 0; n < 20; n++) (await connect(pod.url)).close();
  expect((await fetch(`${pod.rest}/livez`)).status).toBe(200);
  expect(await pod.stop()).toBe(0);
});

test("what people say or are called is never logged, at any level", async () => {
  const logPath = join(folder, "pod.log");
  const pod = await startPod({ logDefaultLevel: "trace", logPath });
  const secret = (of: string) => `secret-${of}`;
  const [alice, bob] = [await connect(pod.url, "alice"), await connect(pod.url, "bob")];
  for (const party of [alice, bob]) await party.join("r");
  alice.send("r", { action: "session-text", description: { content: secret("text") } });
  alice.send("r", { action: "session-initiate", description: { offer: { sdp: secret("sdp") } } });
  alice.send("r", { action: "transport-info", description: { candidate: secret("candidate") } });
  alice.send("r", { action: secret("action"), description: { content: secret("text") } });
  const refused = io(pod.url, { auth: { appToken: secret("token") }, reconnection: false, forceNew: true });
  await once(refused as never, "connect_error");
  await settle(alice);
  await pod.stop();
  const logged = pod.output() + readFileSync(logPath, "utf8");
  expect(readFileSync(logPath, "utf8")).toContain('"msg":"disconnected"');
  expect(logged).toContain(alice.id);
  expect(logged).not.toMatch(/secret-|Name of/);
  expect(logged).not.toContain(APP_TOKEN);
});
