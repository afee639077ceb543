// A Redis that lets nobody in without a name, rights and TLS.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { action, connect, event } from "../helpers/party.ts";
import { type Pod, startPod } from "../helpers/pod.ts";
import { freePort } from "../provision/free-port.ts";
import { type RedisServer, startRedisServer } from "../provision/redis-server.ts";

/** As docs/configuration.md says. */
const RIGHTS = "~jgl:* &jgl* +@read +@write +@scripting +@pubsub +@connection +time +info +cluster";
const PASSWORD = "p@ss/word";

const folder = mkdtempSync(join(tmpdir(), "jongleur-access-"));
const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
let redis: RedisServer;

beforeAll(async () => {
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
  const made = ["-newkey", "rsa:2048", "-nodes", "-keyout", key, "-x509", "-days", "2", "-out", cert];
  execFileSync("openssl", ["req", ...made, ...subject], { stdio: "ignore" });
  const users = ["--user", "jongleur", "on", `>${PASSWORD}`, ...RIGHTS.split(" "), "--user", "default", "off"];
  const port = await freePort();
  const tls = ["--port", "0", "--tls-port", `${port}`, "--tls-cert-file", cert, "--tls-key-file", key];
  redis = await startRedisServer({ port, args: [...users, ...tls, "--tls-auth-clients", "no"] });
});
afterAll(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true });
});

test.each(["sharded", "classic"])(
  "pods call each other over TLS, as a user with no more rights than documented (%s)",
  async (redisPubSub) => {
    const redisUrl = `rediss://jongleur:${encodeURIComponent(PASSWORD)}@127.0.0.1:${redis.port}/0`;
    const settings = { redisUrl, redisPubSub, NODE_EXTRA_CA_CERTS: cert, leaseSeconds: "2", leaseRenewalSeconds: "1" };
    const pods: Pod[] = [await startPod(settings), await startPod(settings)];
    const [alice, bob] = [await connect(pods[0]!.url), await connect(pods[1]!.url)];
    await alice.joinMuc("r");
    await bob.joinMuc("r");
    bob.send("r", { action: "session-text", description: { content: "hi" } });
    await alice.hears(action("session-text"));
    // What is counted over pods is refused in silence, but for the log.
    expect(await alice.iceServers("r")).toMatchObject({ iceServers: [] });

    pods[1]!.process.kill("SIGKILL");
    await alice.hears(event("left"));
    alice.close();
    await eventually(() => expect(pods[0]!.output()).not.toMatch(/NOPERM|"level":"error"/));
    expect(await pods[0]!.stop()).toBe(0);
  },
);
