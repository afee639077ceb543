// How a ladder looks: the direction of arrows, the width of lines, and what may not reach a terminal.
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { drawLadder, type Look, type MessageStep, type Step } from "./ladder.ts";

const heading = "A call";
const plain: Look = { serverId: "pod-1", pods: { alice: undefined, bob: undefined }, colour: false };
const WIDTH = 79;

const hello: MessageStep = { person: "alice", way: "sent", author: "alice", label: "hello" };

const linesOf = (steps: readonly Step[], look = plain) => drawLadder(steps, look).split("\n").slice(0, -1);

describe("a ladder", () => {
  it("draws each message in the column of its person, with the arrow towards or from the pod", () => {
    const steps: Step[] = [
      { heading },
      hello,
      { person: "bob", way: "received", author: "alice", label: "hello" },
      { person: "bob", way: "sent", author: "bob", label: "welcome" },
      { person: "alice", way: "received", author: "bob", label: "welcome" },
    ];

    expect(linesOf(steps)).toEqual([
      "",
      "A call",
      "",
      "alice                          Jongleur (pod-1)                             bob",
      "│                                      │                                      │",
      "├─ hello ─────────────────────────────>│                                      │",
      "│                                      ├─ hello ─────────────────────────────>│",
      "│                                      │<─ welcome ───────────────────────────┤",
      "│<─ welcome ───────────────────────────┤                                      │",
    ]);
  });

  it("names the pods of both below them, if the server names any", () => {
    const names = linesOf([{ heading }])[3];
    const apart = linesOf([{ heading }], { ...plain, pods: { alice: "east", bob: "west-2" } });

    expect(apart.slice(3, 5)).toEqual([names, `at east${" ".repeat(WIDTH - 16)}at west-2`]);
    expect(apart.toSpliced(4, 1)).toEqual(linesOf([{ heading }]));
  });

  it("is never wider than 79 columns, however long ids and labels are", () => {
    const label = "x".repeat(500);
    const ways: Step[] = [hello, { ...hello, way: "received" }, { ...hello, person: "bob" }];
    const steps = ways.map((step) => ({ ...step, label }));

    const lines = linesOf([{ heading }, ...steps], {
      ...plain,
      serverId: "y".repeat(500),
      pods: { alice: "z".repeat(500), bob: "z".repeat(500) },
    });

    expect(Math.max(...lines.map((line) => line.length))).toBe(WIDTH);
    expect(lines[3]).toMatch(/^alice +Jongleur \(y+…\) +bob$/);
    expect(lines[4]).toMatch(/^at z+… +at z+…$/);
    for (const line of lines.slice(6)) expect(line).toMatch(/x…/);
  });

  it("lets nothing that came over the wire steer the terminal", () => {
    const [line] = linesOf([{ ...hello, label: "a\u001b[2Jb\nc\u202ed" }]);

    expect(line).toContain("─ a?[2Jb?c?d ─");
  });

  it("gives each author a colour of its own, and is the same text without", () => {
    const authors = ["alice", "bob", "server"] as const;
    const steps: Step[] = [{ heading }, ...authors.map((author) => ({ ...hello, author }))];

    const coloured = drawLadder(steps, { ...plain, colour: true });

    expect(new Set(coloured.split("\n").slice(5, 8)).size).toBe(authors.length);
    expect(stripVTControlCharacters(coloured)).toBe(drawLadder(steps, plain));
  });
});
