import { expect, test } from "vitest";
import { Rejections } from "../rejections.ts";
import { Allowances, MessageLimits } from "./message-limits.ts";

function limitsOf(rate: string) {
  const rejections = new Rejections();
  const clock = { now: 0 };
  const settings = { candidateRate: rate, chatRate: rate, controlRate: rate, joinRate: "0" };
  return { limits: new MessageLimits(settings, rejections, () => clock.now), rejections, clock };
}

/** @returns how often each verdict came */
function send(count: number, judge: () => string): Record<string, number> {
  const verdicts: Record<string, number> = {};
  for (let n = 0; n < count; n++) {
    const verdict = judge();
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  }
  return verdicts;
}

test("a burst passes, as many again are refused, and then it is enough", () => {
  const { limits, rejections } = limitsOf("100/300");
  const allowances = new Allowances();
  expect(send(700, () => limits.judge(allowances, "candidate"))).toEqual({ pass: 300, refuse: 300, close: 100 });
  expect(limits.wait(allowances, "candidate")).toBe(10);
  expect([rejections.count("candidate_rate"), rejections.count("flood")]).toEqual([400, 100]);
});

test("each kind has its own, each session too, and a rate of 0 is no limit", () => {
  const { limits } = limitsOf("1/1");
  const allowances = new Allowances();
  for (const kind of ["candidate", "chat", "control"] as const) {
    expect([1, 2].map(() => limits.judge(allowances, kind))).toEqual(["pass", "refuse"]);
  }
  expect(limits.judge(new Allowances(), "chat")).toBe("pass");
  expect(send(10_000, () => limits.judge(allowances, "join"))).toEqual({ pass: 10_000 });
});

test("who sends a tenth too much for ever loses that tenth, and is not closed", () => {
  const { limits, clock } = limitsOf("100/10");
  const allowances = new Allowances();
  const verdicts = send(11_000, () => {
    clock.now += 1000 / 110;
    return limits.judge(allowances, "chat");
  });
  expect(verdicts.close).toBeUndefined();
  expect(verdicts.pass).toBeGreaterThan(9990);
  expect(verdicts.refuse).toBeGreaterThan(900);
});

test("what finds no place behind others wears the same patience out, and no messages", () => {
  const { limits } = limitsOf("1/5");
  const allowances = new Allowances();
  expect(send(150, () => limits.judgeBacklog(allowances))).toEqual({ refuse: 100, close: 50 });
  expect(limits.judge(allowances, "control")).toBe("pass");
});
