// A Redis that lets nobody in without a name, rights and TLS: the rights are those of the rule in docs/security.md.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { action, connect, event } from "../helpers/party.ts";
import { type NamedPod, startService } from "../helpers/pods.ts";
import { membersAsTold } from "../helpers/rest.ts";
import { ask } from "../provision/ask.ts";
import { freePort } from "../provision/free-port.ts";
import { startRedisCluster } from "../provision/redis-cluster.ts";
import { type RedisServer, startRedisServer } from "../provision/redis-server.ts";

const PASSWORD = "p@ss/word";
const rules = readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8");
const [, RIGHTS = ""] = /^user jongleur on >password (.*)$/m.exec(rules) ?? [];
const USER = ["--user", "jongleur", "on", `>${PASSWORD}`, ...RIGHTS.split(" ")];
const LOGIN = `jongleur:${encodeURIComponent(PASSWORD)}`;
const LEASE = { leaseSeconds: "2", leaseRenewalSeconds: "1" };

type Refused = readonly (string | number)[][];

/** What a server has refused for lack of rights. */
const refusedBy = (url: string) => ask(url, async (redis) => (await redis.call("ACL", "LOG")) as Refused);

/** Clients on two pods meet, speak, lose a pod, and meet again on another. */
async function live(settings: Readonly<Record<string, string>>, onHalf: () => Promise<unknown> = async () => {}) {
  const service = await startService(2, { ...LEASE, ...settings });
  const [first, second] = service.pods as [NamedPod, NamedPod];
  const [alice, bob] = [await connect(first.url, "alice"), await connect(second.url, "bob")];
  await alice.joinMuc("r");
  await bob.joinMuc("r");
  bob.send("r", { action: "session-text", description: { content: "hi" } });
  await alice.hears(action("session-text"));
  second.process.kill("SIGKILL");
  await eventually(() => expect(alice.heard.some(event("left"))).toBe(true), 15_000);
  await onHalf();
  const third = await service.add();
  const carol = await connect(third.url, "carol");
  await eventually(() => carol.joinMuc("r").then(() => {}), 15_000);
  await eventually(async () => expect(await membersAsTold(first, "r")).toEqual(["alice", "carol"]), 15_000);
  await carol.request("session-leave", { rid: "r" });
  for (const party of [alice, carol]) party.close();
  for (const pod of service.pods) expect(pod.output()).not.toMatch(/NOPERM/);
  await service.stop();
}

const folder = mkdtempSync(join(tmpdir(), "jongleur-access-"));
const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
let redis: RedisServer;

beforeAll(async () => {
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
  const made = ["-newkey", "rsa:2048", "-nodes", "-keyout", key, "-x509", "-days", "2", "-out", cert];
  execFileSync("openssl", ["req", ...made, ...subject], { stdio: "ignore" });
  const users = [...USER, "--user", "admin", "on", "nopass", "+@all", "~*", "--user", "default", "off"];
  const port = await freePort();
  const tls = ["--port", "0", "--tls-port", `${port}`, "--tls-cert-file", cert, "--tls-key-file", key];
  redis = await startRedisServer({ port, args: [...users, ...tls, "--tls-auth-clients", "no"] });
});
afterAll(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true });
});

test.each(["sharded", "classic"])(
  "pods live over TLS as a user with no more rights than documented (%s)",
  { timeout: 60_000 },
  async (redisPubSub) => {
    const redisUrl = `rediss://${LOGIN}@127.0.0.1:${redis.port}/0`;
    await live({ redisUrl, redisPubSub, NODE_EXTRA_CA_CERTS: cert });
    expect(await say("admin", "ACL LOG")).toEqual([]);
  },
);

test("that user can do nothing else: neither other keys nor channels, nor what rules a server", async () => {
  const attempts = ["GET other", "SET other x", "PUBLISH other x", "CONFIG GET *", "FLUSHALL", "KEYS *", "ACL LIST"];
  for (const attempt of [...attempts, "CLIENT LIST", "MONITOR", "SHUTDOWN", "SCRIPT FLUSH"]) {
    await expect(say("jongleur", attempt), attempt).rejects.toThrow(/NOPERM/);
  }
  await say("admin", "ACL LOG RESET");
});

test("pods live on a Cluster with the same rights, and through a fail-over", { timeout: 120_000 }, async () => {
  const cluster = await startRedisCluster(USER);
  const nodes = cluster.nodes.slice(0, 2).map(({ host, port }) => `${host}:${port}`);
  const master = await cluster.ownerOf("jgl:{room:r}");
  await live({ redisUrl: `redis+cluster://${LOGIN}@${nodes.join(",")}` }, () => cluster.failOver(master));
  for (const node of cluster.nodes.filter((each) => each.isRunning())) expect(await refusedBy(node.url)).toEqual([]);
  await cluster.stop();
});

/** One command, as one of the users. */
async function say(username: string, command: string): Promise<unknown> {
  const client = new Redis({
    ...{ host: "127.0.0.1", port: redis.port, username, password: PASSWORD, tls: { ca: readFileSync(cert) } },
    ...{ disableClientInfo: true, enableReadyCheck: false },
  });
  const [name = "", ...args] = command.split(" ");
  return client.call(name, ...args).finally(() => client.disconnect());
}
