// Draws recorded steps as a ladder: alice on the left, the pod in the middle, bob on the right.
import { styleText } from "node:util";

export type Person = "alice" | "bob";

/** One message at the moment in which a person sent or received it. */
export interface MessageStep {
  readonly person: Person;
  readonly way: "sent" | "received";
  /** Who wrote it, which is not who handed it over: the pod hands over what the other person wrote. */
  readonly author: Person | "server";
  readonly label: string;
}

export type Step = MessageStep | { readonly heading: string };

export interface Look {
  readonly serverId: string;
  /** Where each is connected; not shown if the server names none. */
  readonly pods: Readonly<Record<Person, string | undefined>>;
  readonly colour: boolean;
}

/** Columns between two uprights. */
const LANE = 38;
/** The whole ladder fits a terminal of 80. */
const WIDTH = 2 * LANE + 3;
/** What an arrow needs around its label: a dash and a blank before, a blank, a dash and its head after. */
const LONGEST_LABEL = LANE - 5;
/** Of a server or a pod: leaves room for the names on both sides, and for two pods side by side. */
const LONGEST_ID = 36;

const COLOURS = { alice: "cyan", bob: "magenta", server: "yellow" } as const;

/** @returns lines, each ended by a line break */
export function drawLadder(steps: readonly Step[], look: Look): string {
  return steps.map((step) => ("heading" in step ? drawHeading(step.heading, look) : drawMessage(step, look))).join("");
}

function drawHeading(heading: string, { serverId, pods, colour }: Look): string {
  const title = colour ? styleText("bold", heading, { validateStream: false }) : heading;
  // Centred over the upright in the middle.
  const middle = `Jongleur (${fit(serverId, LONGEST_ID)})`;
  const left = "alice".padEnd(LANE - Math.floor((middle.length - 1) / 2));
  const names = `${left}${middle}`.padEnd(WIDTH - "bob".length);
  const uprights = rung("│", " ".repeat(LANE), "│", " ".repeat(LANE), "│");
  return `\n${title}\n\n${names}bob\n${drawPods(pods)}${uprights}`;
}

/** Each below its person. */
function drawPods({ alice, bob }: Look["pods"]): string {
  if (alice === undefined || bob === undefined) return "";
  const [left, right] = [alice, bob].map((pod) => `at ${fit(pod, LONGEST_ID)}`) as [string, string];
  return `${left}${right.padStart(WIDTH - left.length)}\n`;
}

function drawMessage({ person, way, author, label }: MessageStep, { colour }: Look): string {
  const rightward = (person === "alice") === (way === "sent");
  const plain = drawArrow(fit(label, LONGEST_LABEL), rightward);
  const arrow = colour ? styleText(COLOURS[author], plain, { validateStream: false }) : plain;
  const [start, end] = rightward ? ["├", "│"] : ["│", "┤"];
  const blank = " ".repeat(LANE);
  return person === "alice" ? rung(start, arrow, end, blank, "│") : rung("│", blank, start, arrow, end);
}

function drawArrow(label: string, rightward: boolean): string {
  const shaft = `─ ${label} `.padEnd(LANE - 1, "─");
  return rightward ? `${shaft}>` : `<${shaft}`;
}

function rung(...parts: readonly string[]): string {
  return `${parts.join("")}\n`;
}

/** Labels hold what came over the wire: nothing in them may steer the terminal. */
function fit(text: string, width: number): string {
  const printable = text.replaceAll(/\p{C}/gu, "?");
  return printable.length > width ? `${printable.slice(0, width - 1)}…` : printable;
}
