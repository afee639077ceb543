// Two Chromium tabs call each other through a TURN server and nothing else, with what the service has given them.
import { randomUUID } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { figure, stopwatch } from "../helpers/figures.ts";
import { JWT_SECRET, tokenFor } from "../helpers/mse-client.ts";
import { APP_TOKEN } from "../helpers/pod.ts";
import { readMetric, type Service, startService } from "../helpers/pods.ts";
import { notePrograms } from "../helpers/programs.ts";
import { tokenOf } from "../helpers/tokens.ts";
import { launchChromium } from "../provision/chromium.ts";
import { type Coturn, startCoturn } from "../provision/coturn.ts";
import { findChromium } from "../provision/local-chromium.ts";
import { findCoturn } from "../provision/local-coturn.ts";
import type { FoundProgram } from "../provision/program.ts";
import { type PageServer, servePages } from "./page-server.ts";

const SECRET = "the secret that pods and coturn know";
const PATIENCE_MS = 60_000;

/** What pages/call.js reports. */
interface Report {
  readonly state: string;
  readonly channel: string;
  readonly framesDecoded: number;
  readonly audioPackets: number;
  readonly local: string;
  readonly remote: string;
}

interface CallParty {
  join(where: Where): Promise<void>;
  readonly call: {
    readonly heard: readonly string[];
    begin(): Promise<void>;
    say(text: string): void;
    report(): Promise<Report>;
  };
}

type Where = Readonly<Record<string, string>>;

let programs: readonly FoundProgram[] = [];
let coturn: Coturn;
let service: Service;
let pages: PageServer;
let browser: Browser;

beforeAll(async () => {
  const [turnserver, chromium] = await Promise.all([findCoturn(), findChromium()]);
  programs = [turnserver, chromium];
  coturn = await startCoturn(turnserver, [SECRET]);
  const turn = { turnUrls: coturn.url, turnSecret: SECRET, stunUrls: coturn.url.replace(/^turn(.*)\?.*/, "stun$1") };
  service = await startService(2, { redisUrl: inject("redis").url, jwtSecret: JWT_SECRET, ...turn });
  pages = await servePages();
  browser = await launchChromium(chromium);
});
afterAll(async () => {
  await browser?.close();
  pages?.stop();
  await service?.stop();
  await coturn?.stop();
});
notePrograms(() => programs);

/** Opens a tab of its own profile, and joins. */
async function enter(where: Where): Promise<Page> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.on("pageerror", (error) => process.stderr.write(`in the page: ${error.message}\n`));
  await page.goto(pages.url);
  await page.waitForFunction("window.party", undefined, { timeout: PATIENCE_MS });
  await within(page, (party, there: Where) => party.join(there), where);
  return page;
}

/** Runs in the page, with what page.js has left there. */
async function within<Result, Argument>(
  page: Page,
  act: (party: CallParty, argument: Argument) => Result | Promise<Result>,
  argument: Argument,
): Promise<Result> {
  return page.evaluate(`(${act})(window.party, ${JSON.stringify(argument) ?? "undefined"})`) as Promise<Result>;
}

const reportOf = (page: Page) => within(page, (party) => party.call.report(), undefined);
const heardBy = (page: Page) => within(page, (party) => party.call.heard, undefined);

const flows = async (page: Page) => {
  const report = await reportOf(page);
  expect(report).toMatchObject({ state: "connected", channel: "open", local: "relay", remote: "relay" });
  expect(report.framesDecoded, JSON.stringify(report)).toBeGreaterThan(10);
  expect(report.audioPackets, JSON.stringify(report)).toBeGreaterThan(10);
};

/** Alice and bob, on a pod each. */
async function parties(protocol: string): Promise<readonly [Where, Where]> {
  const [rid, urls] = [randomUUID(), service.pods.map(({ url }) => url)];
  const where = async (uid: string, url = "") => {
    if (protocol === "jsongle") return { protocol, url, uid, rid, appToken: APP_TOKEN, token: await tokenOf(uid) };
    return { protocol, url, token: await tokenFor({ userId: uid, roomId: rid }) };
  };
  return [await where("alice", urls[0]), await where("bob", urls[1])];
}

test.each(["jsongle", "mse"])(
  "two tabs on two pods call each other by relays only, signaled by %s",
  async (protocol) => {
    const given = () => Promise.all(service.pods.map((pod) => readMetric(pod, "jongleur_ice_credentials_total")));
    const before = await given();
    const [whereAlice, whereBob] = await parties(protocol);
    const sinceStart = stopwatch();
    const [alice, bob] = [await enter(whereAlice), await enter(whereBob)];
    await within(alice, (party) => party.call.begin(), undefined);

    for (const page of [alice, bob]) await eventually(() => flows(page), PATIENCE_MS);
    figure("audio, video and data channel through the relay, from opening the tabs", sinceStart());

    await within(alice, (party) => party.call.say("ping of alice"), undefined);
    await within(bob, (party) => party.call.say("ping of bob"), undefined);
    await eventually(async () =>
      expect(await heardBy(alice)).toEqual(expect.arrayContaining(["ping of bob", "pong of alice"])),
    );
    await eventually(async () =>
      expect(await heardBy(bob)).toEqual(expect.arrayContaining(["ping of alice", "pong of bob"])),
    );
    for (const uid of ["alice", "bob"])
      expect(coturn.log()).toMatch(new RegExp(`user <\\d+:${uid}>.*ALLOCATE processed, success`));
    expect(await given()).toEqual(before.map((count) => count + 1));
  },
);
