// `npm run cluster` as a developer runs it: real pods behind a real balancer, and clients that know nothing of that.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { JsongleConnection } from "@jongleur/client";
import { RequestFactory } from "@jongleur/protocol";
import { io } from "socket.io-client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { openMse } from "../helpers/mse-client.ts";
import { connect, event, type Party } from "../helpers/party.ts";

const CLUSTER = fileURLToPath(new URL("../../infra/cluster/main.ts", import.meta.url));
const DEMO = fileURLToPath(new URL("../../services/signaling/src/demo/main.ts", import.meta.url));

/** The most that a cluster takes to start on a busy machine, and to end. */
const START_MS = 60_000;
const END_MS = 10_000;

interface RunningCluster {
  readonly url: string;
  readonly rest: string;
  /** Of the pods, where nothing but MSE is spoken. */
  readonly msePorts: readonly number[];
  readonly args: readonly string[];
  readonly appToken: string;
  /** Of the pods. */
  readonly pids: readonly number[];
  readonly process: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly output: () => string;
}

const clusters: RunningCluster[] = [];

/** Where a token is left for the demo, and no .env is found. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "jongleur-cluster-test-"));
});
afterAll(async () => {
  for (const { process: child } of clusters) child.kill("SIGKILL");
  await Promise.all(clusters.map(({ exited }) => exited));
  rmSync(folder, { recursive: true });
});

function spawnHere(main: string, args: readonly string[], settings: Readonly<Record<string, string>> = {}) {
  const { appToken: _, APP_TOKEN: __, ...inherited } = process.env;
  const env = { ...inherited, ...settings };
  return spawn(process.execPath, [main, ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
}

async function startCluster(): Promise<RunningCluster> {
  const port = await freePorts(12);
  const args = ["--port", port, "--pod-port", port + 1, "--rest-port", port + 4].map(String);
  const child = spawnHere(CLUSTER, args, { msePort: String(port + 9) });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (piece: string) => {
      output += piece;
    });
  }
  const exited = once(child, "close").then(([code]) => code as number | null);
  const ready = eventually(() => expect(output).toContain("Ctrl-C stops it all"), START_MS);
  await Promise.race([ready, exited.then((code) => expect.fail(`it ended with exit code ${code}:\n${output}`))]);
  const cluster = {
    url: `http://127.0.0.1:${port}`,
    rest: `http://127.0.0.1:${port + 4}`,
    msePorts: [port + 9, port + 10, port + 11],
    args,
    appToken: /appToken +([0-9a-f]{32}) /.exec(output)?.[1] ?? "",
    pids: [...output.matchAll(/ pid (\d+)$/gm)].map(([, pid]) => Number(pid)),
    process: child,
    exited,
    output: () => output,
  };
  clusters.push(cluster);
  return cluster;
}

/** So many in a row, below those that systems give to outgoing connections. @returns the first */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = 10_000 + Math.floor(Math.random() * 5_000);
    const ports = Array.from({ length: count }, (_, i) => first + i);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return first;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = await once(server.listen(port), "listening").catch(() => undefined);
  server.close();
  return listening !== undefined;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function run(main: string, args: readonly string[], settings?: Readonly<Record<string, string>>) {
  const child = spawnHere(main, args, settings);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number | null, out, err };
}

const TRANSPORTS = {
  "polls first and upgrades": ["polling", "websocket"],
  "only polls": ["polling"],
  "is a WebSocket from the start": ["websocket"],
} as const;

describe("npm run cluster", { timeout: START_MS }, () => {
  let cluster: RunningCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  }, START_MS);

  const entered: JsongleConnection[] = [];
  async function enter(transports: readonly string[], uid?: string): Promise<Party> {
    const options = { transports: [...transports] };
    const party = await connect(cluster.url, uid, { appToken: cluster.appToken, options });
    entered.push(party);
    return party;
  }

  /** The balancer goes by how many connections each pod has: those of one test must not count in the next. */
  afterEach(async () => {
    for (const connection of entered.splice(0)) connection.close();
    if (cluster.process.exitCode !== null) return;
    await eventually(async () => {
      const page = await (await fetch(`${cluster.rest}/metrics`)).text();
      const [, count] = /^haproxy_backend_current_sessions{proxy="pods"} (\d+)$/m.exec(page) ?? [];
      expect(count).toBe("0");
    });
  });

  it("says where clients and operators go, and that all pods are there", async () => {
    const { output, url, rest } = cluster;

    expect(output()).toContain(`clients     ${url.replace("127.0.0.1", "localhost")} `);
    expect(output()).toMatch(/ pod-1 [\s\S]* pod-2 [\s\S]* pod-3 /);
    expect((await fetch(`${rest}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${rest}/metrics`)).text()).toContain('active_servers{proxy="pods"} 3');
    const [, aggregator = ""] = /all pods +(http:\S+) /.exec(output()) ?? [];
    const { pods } = (await (await fetch(`${aggregator}/pods`)).json()) as { pods: { state: string }[] };
    expect(pods.map(({ state }) => state)).toEqual(["up", "up", "up"]);
  });

  it("says where MSE is, through the balancer and at the ports that each pod has for it", async () => {
    const [, throughBalancer] = /^ +MSE +(ws:\S+)\/mse /m.exec(cluster.output()) as unknown as [string, string];
    const atPods = [...cluster.output().matchAll(/ MSE (ws:\S+)\/ +pid/g)].map(([, url]) => String(url));

    expect(atPods).toEqual(cluster.msePorts.map((port) => `ws://localhost:${port}`));
    for (const [url, path] of [[throughBalancer, "/mse"], ...atPods.map((at) => [at, "/"])] as [string, string][]) {
      const client = await openMse(url, path);
      expect(await client.ask(RequestFactory.ping())).toMatchObject({ result: "pong" });
      client.close();
    }
  });

  it("a client that says nothing of transports ends up with a WebSocket at the pod that it polled", async () => {
    const socket = io(cluster.url, { forceNew: true, reconnection: false, auth: { appToken: cluster.appToken } });
    const connection = new JsongleConnection(socket);
    entered.push(connection);
    await connection.hello({ uid: "u", dn: "U" });

    await eventually(() => expect(socket.io.engine.transport.name).toBe("websocket"));

    expect(await connection.request("session-join", { rid: "upgraded" })).toMatchObject({ members: [] });
  });

  it.each(Object.entries(TRANSPORTS))(
    "of 30 clients that connect at once none fails: each %s",
    async (_, transports) => {
      const parties = await Promise.all(Array.from({ length: 30 }, () => enter(transports)));

      const joins = parties.map((party) => party.join(`room-of-${party.uid}`));
      expect(await Promise.all(joins)).toEqual(joins.map(() => expect.objectContaining({ members: [] })));
      for (const party of parties) await party.request("session-leave", { rid: `room-of-${party.uid}` });

      expect(new Set(parties.map(({ pod }) => pod)).size).toBeGreaterThan(1);
    },
  );

  it("two who come one after the other meet in a room from two pods", async () => {
    const alice = await enter(TRANSPORTS["only polls"], "alice");
    const bob = await enter(TRANSPORTS["is a WebSocket from the start"], "bob");
    expect(alice.pod).not.toBe(bob.pod);

    await alice.join("across");
    const { members } = await bob.join("across");

    expect(members).toMatchObject([{ uid: "alice" }]);
    expect((await alice.hears(event("joined"))).jsongle.description).toMatchObject({ member: { uid: "bob" } });
  });

  it.each([[[]], [["--mse"]]])("the demo %j needs no token, and acts its call out over two pods", async (options) => {
    const { code, out, err } = await run(DEMO, ["--url", cluster.url, ...options]);

    expect({ code, err }).toEqual({ code: 0, err: "" });
    const [, alices, bobs] = /^at (pod-\S+) +at (pod-\S+)$/m.exec(out) ?? [];
    expect(new Set([alices, bobs, undefined]).size).toBe(3);
  });

  it("a second one on the same ports names them all, and starts nothing", async () => {
    const { code, err } = await run(CLUSTER, cluster.args, { msePort: String(cluster.msePorts[0]) });

    expect(code).toBe(1);
    expect(err.match(/port \d+, .*: it is taken; choose others with (--|msePort)/g)).toHaveLength(12);
  });

  it("a pod that crashes is told of, and newcomers find another", async () => {
    const parties = await Promise.all(Array.from({ length: 6 }, () => enter(TRANSPORTS["only polls"])));

    process.kill(cluster.pids[0]!, "SIGKILL");

    await eventually(() => expect(cluster.output()).toContain("pod-1      has ended, signal SIGKILL"));
    const isAtFirst = ({ pod }: Party) => pod?.startsWith("pod-1-");
    const left = () => parties.filter(({ connected }) => connected);
    await eventually(() => expect(left().filter(isAtFirst)).toEqual([]));
    expect(left()).not.toHaveLength(0);
    const newcomers = await Promise.all(Array.from({ length: 6 }, () => enter(TRANSPORTS["polls first and upgrades"])));
    expect(newcomers.filter(isAtFirst)).toEqual([]);
  });

  it("SIGTERM tells clients, ends all within seconds with exit code 0, and leaves nothing behind", async () => {
    const party = await enter(TRANSPORTS["is a WebSocket from the start"]);
    const started = Date.now();

    cluster.process.kill("SIGTERM");

    await party.hears(event("server-drain"));
    expect(await cluster.exited).toBe(0);
    expect(Date.now() - started).toBeLessThan(END_MS);
    expect(cluster.pids.filter(isRunning)).toEqual([]);
    await expect(fetch(cluster.url)).rejects.toThrow();
    await expect(fetch(cluster.rest)).rejects.toThrow();
  });
});

describe("the command itself", () => {
  it("leaves nothing running when it is killed", { timeout: START_MS }, async () => {
    const { process: child, pids, rest } = await startCluster();

    child.kill("SIGKILL");

    expect(pids).toHaveLength(3);
    await eventually(() => expect(pids.filter(isRunning)).toEqual([]));
    await eventually(() => expect(fetch(rest)).rejects.toThrow());
  });

  it("takes no port for two purposes", async () => {
    const { code, err } = await run(CLUSTER, ["--port", "9000", "--pod-port", "8999"]);

    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringMatching(/port 9000, pod-2's .* given twice/) });
  });

  it("answers what it does not know with its usage", async () => {
    expect(await run(CLUSTER, ["--port", "none"])).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(/^--port: got "none"[\s\S]*Usage: npm run cluster/),
    });
    expect(await run(CLUSTER, ["--help"])).toMatchObject({ code: 0, out: expect.stringMatching(/^Usage/), err: "" });
  });
});
