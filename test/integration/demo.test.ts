// The demo as a developer runs it: a process of its own against a real pod.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { buildAck, buildHello, JSONGLE_EVENT } from "@jongleur/protocol";
import { Server } from "socket.io";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { APP_TOKEN, inherited, type Pod, startPod } from "../helpers/pod.ts";
import { freePort } from "../provision/free-port.ts";

const MAIN = fileURLToPath(new URL("../../services/signaling/src/demo/main.ts", import.meta.url));

const ALICES_COLUMN = [
  "> iq-set session-join ROOM",
  "< iq-result session-join alone",
  "< session-event joined bob",
  "> session-propose audio",
  "< session-info trying",
  "< session-info ringing",
  "< session-proceed",
  "> session-initiate offer (SDP)",
  "< session-accept answer (SDP)",
  "> transport-info 192.0.2.10:50000",
  "< transport-info 198.51.100.7:60000",
  "> session-info active",
  "< session-info active",
  "> session-terminate",
  "> iq-set muc-join ROOM",
  "< iq-result muc-join alone",
  "< session-event joined bob",
  "> session-event typing composing",
  '> session-text "Hello, Bob!"',
  "< session-event ack server-received",
  '< session-text "Hi, Alice!"',
  "> session-event reaction smile",
  "< session-event left bob",
  "> iq-set session-leave ROOM",
  "< iq-result session-leave ROOM",
];

const BOBS_COLUMN = [
  "< iq-set session-join ROOM",
  "> iq-result session-join with alice",
  "> session-propose audio",
  "< session-info ringing",
  "< session-proceed",
  "> session-initiate offer (SDP)",
  "< session-accept answer (SDP)",
  "> transport-info 192.0.2.10:50000",
  "< transport-info 198.51.100.7:60000",
  "> session-info active",
  "< session-info active",
  "> session-terminate",
  "< iq-set muc-join ROOM",
  "> iq-result muc-join with alice",
  "> session-event typing composing",
  '> session-text "Hello, Bob!"',
  '< session-text "Hi, Alice!"',
  "> session-event ack server-received",
  "> session-event reaction smile",
  "< iq-set session-leave ROOM",
  "> iq-result session-leave ROOM",
];

/** As it comes; for those whose pod has to be another, `podWith` starts one. */
let plain: Pod;
beforeAll(async () => {
  plain = await startPod();
});
afterAll(() => plain.stop());

const pods: Pod[] = [];
afterEach(async () => {
  await Promise.all(pods.splice(0).map((pod) => pod.stop()));
});

async function podWith(settings: Readonly<Record<string, string>> = {}): Promise<Pod> {
  const pod = await startPod(settings);
  pods.push(pod);
  return pod;
}

async function runDemo(...args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: inherited(), stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number | null, out, err };
}

/** Messages of one column, from top to bottom, as direction and label. */
function columnOf(out: string, column: 0 | 1): string[] {
  return out.split("\n").flatMap((line) => {
    const lane = line.slice(1).slice(column * 39, column * 39 + 38);
    const [, label] = /^<?─ (.*?) ─+>?$/.exec(lane) ?? [];
    return label ? [`${lane.startsWith("<") ? "<" : ">"} ${label.replace(/(call|chat)-[0-9a-f]+$/, "ROOM")}`] : [];
  });
}

describe("the demo", () => {
  it("acts out a call and a chat and draws every message in its order", async () => {
    const { url } = await podWith({ id: "pod-of-the-demo", podName: "only" });

    const { code, out, err } = await runDemo("--url", url, "--token", APP_TOKEN);

    expect(err).toBe("");
    expect(code).toBe(0);
    expect(columnOf(out, 0)).toEqual(ALICES_COLUMN);
    expect(columnOf(out, 1)).toEqual(BOBS_COLUMN);
    expect(out).toMatch(/^alice +Jongleur \(pod-of-the-demo\) +bob\nat (only-\S+) +at \1\n/m);
    expect(out).toMatch(/A call in a room for two[\s\S]*A chat in a MUC/);
    expect(out).toMatch(/\nThe call took 26 messages, the chat 20; nothing was lost\.\n$/);
  });

  it("draws what one sends above what the other receives of it", async () => {
    const { url } = plain;

    const lines = (await runDemo("--url", url, "--token", APP_TOKEN)).out.split("\n");

    const proposes = lines.filter((line) => line.includes("session-propose"));
    const rings = lines.filter((line) => line.includes("session-info ringing"));
    expect(proposes.map((line) => line.indexOf("├"))).toEqual([0, 39]);
    expect(rings.map((line) => line.indexOf("┤"))).toEqual([78, 39]);
    const [trying] = lines.filter((line) => line.includes("session-info trying"));
    expect(lines.indexOf(trying!)).toBeLessThan(lines.indexOf(rings[0]!));
  });

  it("shows no colours and no line over 80 columns where its output is no terminal", async () => {
    const { url } = await podWith({ id: "x".repeat(200) });

    const { code, out } = await runDemo("--url", url, "--token", APP_TOKEN);

    expect(code).toBe(0);
    expect(out).not.toContain("\u001b");
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("shows how far it got and says what is wrong if another message comes than it expects", async () => {
    const { url } = await podWith({ maxMembersPerRoom: "1" });

    const { code, out, err } = await runDemo("--url", url, "--token", APP_TOKEN);

    expect(code).toBe(1);
    expect(columnOf(out, 0)).toEqual(ALICES_COLUMN.slice(0, 2));
    expect(columnOf(out, 1)).toEqual([BOBS_COLUMN[0], expect.stringContaining("> iq-error session-join")]);
    expect(out).not.toContain("nothing was lost");
    expect(err).toMatch(/^bob should have received "iq-result session-join with alice" but received "iq-error .*\.\n$/);
  });

  it("names the message that does not come within 5 seconds", async () => {
    const { url, close } = await serveOnlyHellos();

    const { code, out, err } = await runDemo("--url", url, "--token", APP_TOKEN);

    await close();
    expect(code).toBe(1);
    // A server that names no pod has none to show.
    expect(out).toMatch(/^alice .* bob\n│/m);
    expect(columnOf(out, 0)).toEqual(ALICES_COLUMN.slice(0, 1));
    expect(err).toBe('alice did not receive "iq-result session-join alone" within 5 seconds.\n');
  });

  it("takes a self-made certificate on this machine", async () => {
    const folder = mkdtempSync(join(tmpdir(), "jongleur-demo-"));
    const { url } = await podWith({ ...selfSigned(folder), useHTTPS: "true" });

    const { code, err } = await runDemo("--url", url, "--token", APP_TOKEN);

    rmSync(folder, { recursive: true });
    expect(url).toMatch(/^https:/);
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });

  it("says that nothing answers, and how to start Jongleur", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;

    const result = await runDemo("--url", url, "--token", APP_TOKEN);

    expect(result).toEqual({
      code: 1,
      out: "",
      err: `Nothing answers at ${url}: start Jongleur first with: npm start\n`,
    });
  });

  it("says so if a pod is there but does not speak", async () => {
    const pod = await podWith();
    pod.process.kill("SIGSTOP");

    const result = await runDemo("--url", pod.url, "--token", APP_TOKEN);

    pod.process.kill("SIGCONT");
    const err = `${pod.url} does not answer as Jongleur does: no session-hello within 5 seconds.\n`;
    expect(result).toEqual({ code: 1, out: "", err });
  });

  it("says that the token is refused, and how to give one", async () => {
    const { url } = plain;

    const { code, out, err } = await runDemo("--url", url, "--token", "wrong");

    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^The token is refused at http.*--token.*\n$/);
  });

  it("answers an option that it does not know with its usage", async () => {
    const { code, out, err } = await runDemo("--colour");

    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/'--colour'[\s\S]*Usage: npm run demo/);
    expect(await runDemo("--help")).toMatchObject({ code: 0, out: expect.stringMatching(/^Usage/), err: "" });
  });
});

/** A server that lets everyone in and then falls silent. */
async function serveOnlyHellos(): Promise<{ url: string; close: () => Promise<void> }> {
  const io = new Server();
  io.on("connection", (socket) => {
    const origin = { id: "1", from: "silent" };
    const description = { version: "1", sn: "silent", info: "", connected: "" };
    socket.emit(JSONGLE_EVENT, { ...buildHello(origin, "hello", description), to: socket.id });
    socket.once(JSONGLE_EVENT, () => socket.emit(JSONGLE_EVENT, { ...buildAck(origin, "success", "hello") }));
  });
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  io.attach(server);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => io.close() };
}

/** @returns settings of a pod that uses the new certificate */
function selfSigned(folder: string): { key: string; cert: string } {
  const files = { key: join(folder, "key.pem"), cert: join(folder, "cert.pem") };
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  const args = ["req", ...kind, "-subj", "/CN=demo", "-keyout", files.key, "-out", files.cert];
  execFileSync("openssl", args, { stdio: "ignore" });
  return files;
}
