// The aggregator's status page in Chromium, over three real pods of which one is killed while it is open.
import axe from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Aggregator, podsSeen, startAggregator } from "../helpers/aggregator.ts";
import { eventually } from "../helpers/eventually.ts";
import { figure, stopwatch } from "../helpers/figures.ts";
import { type NamedPod, type Service, startService } from "../helpers/pods.ts";
import { notePrograms } from "../helpers/programs.ts";
import { isHeard } from "../helpers/refusals.ts";
import { closeAll, openRoom } from "../helpers/rooms.ts";
import { servePods } from "../helpers/told-pods.ts";
import { launchChromium } from "../provision/chromium.ts";
import { freePort } from "../provision/free-port.ts";
import { findChromium } from "../provision/local-chromium.ts";
import type { FoundProgram } from "../provision/program.ts";
import { type RedisServer, startRedisServer } from "../provision/redis-server.ts";

const PATIENCE_MS = 30_000;
const DESK = { width: 1000, height: 560 };
const PHONE = { width: 360, height: 740 };
/** `npm run screenshot` has one made, of a minute of talk. */
const SCREENSHOT = process.env.STATUS_SCREENSHOT;
const TALK_ROUNDS = SCREENSHOT ? 25 : 2;

let chromium: FoundProgram;
let redis: RedisServer;
let service: Service;
let browser: Browser;

beforeAll(async () => {
  chromium = await findChromium();
  redis = await startRedisServer();
  service = await startService(3, { redisUrl: redis.url, podAddress: "127.0.0.1" });
  browser = await launchChromium(chromium);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
  await redis?.stop();
});
notePrograms(() => [chromium]);

async function watch(settings: Readonly<Record<string, string>>): Promise<Aggregator> {
  const aggregator = await startAggregator(settings);
  onTestFinished(async () => void (await aggregator.stop()));
  return aggregator;
}

interface Tab {
  readonly page: Page;
  /** All that was asked for. */
  readonly requests: readonly string[];
  /** What the browser has complained of. */
  readonly complaints: readonly string[];
}

async function open({ url }: Aggregator, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ viewport: DESK, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const [requests, complaints]: [string[], string[]] = [[], []];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(url);
  return { page, requests, complaints };
}

const textOf = (page: Page, selector: string) => page.locator(selector).innerText();
const rowOf = (page: Page, name: string) => page.locator("#pods tr", { hasText: name }).innerText();
const isLive = (page: Page) => eventually(async () => expect(await textOf(page, "#link")).toBe("Live"), PATIENCE_MS);
const areUp = (page: Page) =>
  eventually(async () => {
    const rows = await page.locator('#pods tr[data-state="up"]').count();
    expect([rows, await page.locator("#pods tr").count()]).toEqual([3, 3]);
  }, PATIENCE_MS);

/** What makes the page hard or impossible to use for somebody. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate("axe.run(document)")) as axe.AxeResults;
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

test("it is lively, can be used by anybody in light, dark and on a phone, and shows that a pod is killed", async () => {
  const [first, second, victim] = service.pods as [NamedPod, NamedPod, NamedPod];
  const aggregator = await watch({
    redisUrl: redis.url,
    ...(SCREENSHOT && { aggregatorScrapeSeconds: "2", aggregatorTimeoutSeconds: "1" }),
  });
  const { page, requests, complaints } = await open(aggregator);
  await areUp(page);
  const { rid, members } = await openRoom(first, second);
  onTestFinished(() => closeAll(members));
  await eventually(async () => {
    await isHeard(rid, members[0], [members[1]]);
    expect([await textOf(page, "#connections"), await textOf(page, "#rooms")]).toEqual(["2", "1"]);
    expect(Number(await textOf(page, "#messages"))).toBeGreaterThan(0);
    const steps = await page.locator("#messages-line path").getAttribute("d");
    expect(steps?.match(/L/g)?.length).toBeGreaterThanOrEqual(TALK_ROUNDS);
  }, 2 * PATIENCE_MS);

  const [dark, phone] = [
    await open(aggregator, { colorScheme: "dark" }),
    await open(aggregator, { viewport: PHONE, isMobile: true }),
  ];
  for (const each of [dark.page, phone.page]) await areUp(each);
  const ground = (each: Page) => each.evaluate("getComputedStyle(document.body).backgroundColor");
  expect(await ground(dark.page)).not.toBe(await ground(page));

  const sinceKill = stopwatch();
  victim.process.kill("SIGKILL");
  await eventually(async () => {
    expect(await rowOf(page, victim.name)).toMatch(/unreachable|died/);
    expect(await textOf(page, "#happenings")).toMatch(new RegExp(`${victim.name}\\S* (can't be reached|has died)`));
  }, PATIENCE_MS);
  figure("from the kill of a pod to the status page", sinceKill());
  await eventually(async () => expect(await textOf(page, "#spoken")).toContain(victim.name), PATIENCE_MS);
  await eventually(async () => {
    expect(await rowOf(page, victim.name)).toContain("died");
    expect(await textOf(page, "#happenings")).toContain("has died");
  }, PATIENCE_MS);

  for (const each of [page, dark.page, phone.page]) expect(await faultsOf(each)).toEqual([]);
  const widths = "[document.documentElement.scrollWidth, innerWidth]";
  const [needed, given] = (await phone.page.evaluate(widths)) as [number, number];
  expect(needed).toBeLessThanOrEqual(given);
  for (const url of [...requests, ...dark.requests, ...phone.requests]) {
    expect(url.startsWith(`${aggregator.url}/`) || url === "data:,").toBe(true);
  }
  expect([...complaints, ...dark.complaints, ...phone.complaints]).toEqual([]);
  if (SCREENSHOT) await page.screenshot({ path: SCREENSHOT });
});

test("while the aggregator is away it says so and how old all is, and goes on when it is back", async () => {
  const settings = { redisUrl: redis.url, aggregatorPort: String(await freePort()) };
  const aggregator = await watch(settings);
  const { page } = await open(aggregator);
  await isLive(page);
  const rows = await page.locator("#pods tr").count();
  expect(await aggregator.stop()).toBe(0);
  await eventually(async () => expect(await textOf(page, "#link")).toBe("Not connected"), PATIENCE_MS);
  await eventually(async () => expect(await textOf(page, "#age")).toMatch(/^as of [1-9]\d* s ago$/), PATIENCE_MS);
  expect(await page.locator("#pods tr").count()).toBe(rows);
  await watch(settings);
  await isLive(page);
});

test("while not all pods answer it says that this is not all; what a pod says of itself is text", async () => {
  const hostile = '<img src="/nothing" onerror="window.hacked=1">';
  const liar = await servePods([{ pod: "liar", version: hostile }]);
  onTestFinished(() => liar.stop());
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const aggregator = await watch({ aggregatorPods: `${liar.urls.join()},${nobody}` });
  await eventually(async () => expect(await podsSeen(aggregator)).toHaveLength(2), PATIENCE_MS);
  const { page, complaints } = await open(aggregator);
  await isLive(page);
  expect(await textOf(page, "#missing")).toBe("Partial: 1 of 2 pods did not answer. What is shown is not all.");
  expect(await rowOf(page, "liar")).toContain(hostile.slice(0, 40));
  expect(await rowOf(page, `nobody at ${nobody}`)).toContain("unreachable");
  expect(await page.evaluate("[typeof window.hacked, document.images.length]")).toEqual(["undefined", 0]);
  expect(complaints).toEqual([]);
});
