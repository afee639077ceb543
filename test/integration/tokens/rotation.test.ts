// Keys rotate while clients come all the time, by both protocols and on two pods: nobody with a valid token notices.
import { randomBytes } from "node:crypto";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { byJsongle, byMse } from "../../helpers/doors.ts";
import { eventually } from "../../helpers/eventually.ts";
import { figure } from "../../helpers/figures.ts";
import { type Pod, startPod } from "../../helpers/pod.ts";

const ROTATIONS = 4;
/** Connections with each key, at least, before the next takes its place. */
const CONNECTIONS = 24;
const WORKERS = 6;

type Sign = () => Promise<string>;

interface Key {
  readonly sign: Sign;
  /** Connections that are being made with it. */
  underWay: number;
  made: number;
}

/** How keys become known to the pods. */
interface Publisher {
  readonly settings: Readonly<Record<string, string>>;
  readonly create: () => Promise<Key>;
  readonly publish: (keys: readonly Key[]) => void;
}

let folder: string;
let server: Server;
let [jwks, fetches] = ["", 0];
const pods: Pod[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "jongleur-"));
  server = createServer((_request, response) => {
    fetches += 1;
    response.end(jwks);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
});
afterEach(async () => {
  await Promise.all(pods.splice(0).map((pod) => pod.stop()));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const claims = (): JWTPayload => ({
  sub: "user",
  userId: "user",
  roomId: "room",
  exp: Math.floor(Date.now() / 1000) + 600,
});

function byUrl(): Publisher {
  const known = new Map<Key, object>();
  let created = 0;
  return {
    settings: { jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys` },
    create: async () => {
      const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
      const kid = `key-${created++}`;
      const sign = () => new SignJWT(claims()).setProtectedHeader({ alg: "ES256", kid }).sign(privateKey);
      const key = { sign, underWay: 0, made: 0 };
      known.set(key, { ...(await exportJWK(publicKey)), kid, alg: "ES256" });
      return key;
    },
    publish: (keys) => {
      jwks = JSON.stringify({ keys: keys.map((key) => known.get(key)) });
    },
  };
}

function bySecretFile(): Publisher {
  const known = new Map<Key, string>();
  const path = join(folder, "secrets");
  return {
    settings: { jwtSecretFile: path },
    create: async () => {
      const secret = randomBytes(32).toString("hex");
      const bytes = new TextEncoder().encode(secret);
      const key = {
        sign: () => new SignJWT(claims()).setProtectedHeader({ alg: "HS256" }).sign(bytes),
        underWay: 0,
        made: 0,
      };
      known.set(key, secret);
      return key;
    },
    publish: (keys) => {
      writeFileSync(`${path}.new`, keys.map((key) => known.get(key)).join("\n"));
      renameSync(`${path}.new`, path);
    },
  };
}

test.each([
  ["by a URL", byUrl],
  ["by a file of secrets", bySecretFile],
])(
  "while keys rotate %s, no valid token is refused, and in the end those of removed keys are",
  async (name, open) => {
    const publisher = open();
    const before = fetches;
    let active = await publisher.create();
    publisher.publish([active]);
    pods.push(
      ...(await Promise.all([0, 1].map(() => startPod({ ...publisher.settings, maxSessionsPerUser: "1000" })))),
    );
    const refused: unknown[] = [];
    let going = true;
    const work = async (worker: number) => {
      for (let n = worker; going; n++) {
        const key = active;
        key.underWay += 1;
        const verdict = await (n % 2 === 0 ? byJsongle : byMse)(pods[n % 4 < 2 ? 0 : 1]!, await key.sign());
        if (verdict !== "in") refused.push(verdict);
        key.underWay -= 1;
        key.made += 1;
      }
    };
    const workers = Array.from({ length: WORKERS }, (_, worker) => work(worker));
    const used = [active];
    for (let rotation = 0; rotation < ROTATIONS; rotation++) {
      const [old, next] = [active, await publisher.create()];
      publisher.publish([old, next]);
      // Without a pause: pods have had no time to learn of it.
      active = next;
      used.push(next);
      await eventually(() => expect(next.made).toBeGreaterThanOrEqual(CONNECTIONS), 60_000);
      await eventually(() => expect(old.underWay).toBe(0), 60_000);
      publisher.publish([next]);
    }
    going = false;
    await Promise.all(workers);
    expect(refused).toEqual([]);
    // The last rotation but one has been noticed with the last new key at the latest.
    for (const key of used.slice(0, -2)) {
      const token = await key.sign();
      for (const pod of pods) {
        await eventually(
          async () => expect([await byJsongle(pod, token), await byMse(pod, token)]).toEqual([401001, -4001]),
          10_000,
        );
      }
    }
    const made = used.reduce((sum, key) => sum + key.made, 0);
    figure(`rotation ${name}`, `${made} connections, ${ROTATIONS} new keys, none refused; ${fetches - before} fetches`);
  },
  180_000,
);
