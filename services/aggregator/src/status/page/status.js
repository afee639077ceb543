// Keeps the page up to date: all that comes is set as text, never as HTML.
import { drawLine } from "./lines.js";

const FIGURES = [
  { figure: "connections", place: "connections", name: "Connections" },
  { figure: "rooms", place: "rooms", name: "Rooms" },
  { figure: "messagesPerSecond", place: "messages", name: "Messages a second" },
];

const COLUMNS = [
  { label: "State", of: ({ state }) => STATES[state] ?? state },
  { label: "Version", of: ({ version }) => version ?? "–" },
  { label: "Age", of: ({ ageSeconds }) => spanOf(ageSeconds) },
  { label: "Lease", of: ({ leaseSeconds }) => spanOf(leaseSeconds && Math.max(0, leaseSeconds)) },
  { label: "Connections", of: ({ connections }) => numberOf(connections) },
  { label: "Messages a second", of: ({ messagesPerSecond }) => numberOf(messagesPerSecond) },
  {
    label: "Event-loop lag",
    of: ({ eventLoopLagSeconds: lag }) => (lag === null ? "–" : `${Math.round(lag * 1000)} ms`),
  },
];

/** A sign and a word: colour alone tells nothing. */
const STATES = {
  up: "● up",
  draining: "◐ draining",
  late: "◌ late",
  unreachable: "✕ unreachable",
  ended: "■ drained, ended",
  died: "✕ died",
  lost: "✕ gone",
};

const HAPPENINGS = {
  joined: "has joined",
  draining: "is draining",
  ended: "has drained, and ended",
  late: "is late: it did not answer in time",
  unreachable: "can't be reached: nobody answers there",
  answers: "answers again",
  died: "has died: its lease has ended without a word",
  lost: "is gone, without a word",
  redisAway: "Redis is away",
  redisBack: "Redis is back",
};

/** So long it is tried anew after the browser has given up; and so much later than expected it is taken for cut off. */
const RETRY_MS = 5000;
const GRACE_MS = 10_000;

const byId = (id) => document.getElementById(id);

/** When what is shown was seen, by the clock of this page, and how often that changes. */
let seenAt;
let intervalMs = GRACE_MS;
let lastHeard = performance.now();
let source;
let retrying;
/** What happened until then has been spoken of. */
let spokenUntil;

function connect() {
  clearTimeout(retrying);
  source?.close();
  lastHeard = performance.now();
  source = new EventSource("events");
  source.onmessage = ({ data }) => take(JSON.parse(data));
  source.onerror = () => {
    tell("cut", "Not connected");
    // The browser tries by itself, unless it was refused.
    if (source.readyState === EventSource.CLOSED) retrying = setTimeout(connect, RETRY_MS);
  };
}

function take(status) {
  lastHeard = performance.now();
  if (status.waiting !== undefined) return tell("waiting", `Connected; nothing to tell yet: ${status.waiting}`);
  seenAt = lastHeard - status.ageMs;
  intervalMs = status.intervalMs;
  tell("live", "Live");
  showMissing(status.missing);
  for (const { figure, place, name } of FIGURES) {
    setText(byId(place), numberOf(status.figures[figure]));
    drawLine(byId(`${place}-line`), status.lines[figure], name, intervalMs);
  }
  showPods(status.pods, status.podsNotShown);
  showHappenings(status.happenings);
  showAge();
}

function tell(state, text) {
  byId("link").dataset.state = state;
  document.body.dataset.link = state;
  setText(byId("link"), text);
}

function showMissing(missing) {
  byId("missing").hidden = missing.length === 0;
  setText(byId("missing"), missing.length === 0 ? "" : `Partial: ${missing.join("; ")}. What is shown is not all.`);
}

/** Rows stay where they are, so that whoever reads the table does not lose the place. */
function showPods(pods, notShown) {
  const body = byId("pods");
  const rows = new Map(Array.from(body.rows, (row) => [row.dataset.key, row]));
  const shown = pods.map((pod) => {
    const key = JSON.stringify([pod.pod, pod.address]);
    return filled(rows.get(key) ?? emptyRow(key), pod);
  });
  if (shown.length !== rows.size || shown.some((row, i) => body.rows[i] !== row)) body.replaceChildren(...shown);
  const note = shown.length === 0 ? "There is no pod." : "";
  setText(byId("pods-note"), notShown > 0 ? `${notShown} more are not shown.` : note);
}

function emptyRow(key) {
  const row = document.createElement("tr");
  row.dataset.key = key;
  row.setAttribute("role", "row");
  const name = row.appendChild(document.createElement("th"));
  name.scope = "row";
  name.setAttribute("role", "rowheader");
  for (const { label } of COLUMNS) {
    const cell = row.insertCell();
    cell.dataset.label = label;
    cell.setAttribute("role", "cell");
    cell.append(document.createElement("span"));
  }
  return row;
}

function filled(row, pod) {
  row.dataset.state = pod.state;
  setText(row.cells[0], pod.pod ?? `nobody at ${pod.address}`);
  COLUMNS.forEach(({ of }, i) => {
    setText(row.cells[i + 1].firstChild, of(pod));
  });
  return row;
}

function showHappenings(happenings) {
  const now = performance.now();
  const latestFirst = happenings.toReversed().map(({ kind, pod, agoMs }) => ({
    at: seenAt - agoMs,
    text: pod === undefined ? HAPPENINGS[kind] : `${pod} ${HAPPENINGS[kind]}`,
  }));
  byId("happenings").replaceChildren(
    ...latestFirst.map(({ at, text }) => {
      const item = document.createElement("li");
      item.textContent = `${text}, ${spanOf((now - at) / 1000)} ago`;
      return item;
    }),
  );
  byId("happenings-note").hidden = happenings.length > 0;
  const news = latestFirst.filter(({ at }) => spokenUntil !== undefined && at > spokenUntil);
  if (news.length > 0) setText(byId("spoken"), news.map(({ text }) => text).join("; "));
  // When something happened is known but for a moment: what is told again must not be spoken again.
  spokenUntil = seenAt + intervalMs / 2;
}

function showAge() {
  const now = performance.now();
  setText(byId("age"), seenAt === undefined ? "" : `as of ${spanOf((now - seenAt) / 1000)} ago`);
  if (now - lastHeard < 2 * intervalMs + GRACE_MS || source.readyState === EventSource.CONNECTING) return;
  // A connection that has been cut without a word.
  tell("cut", "Not connected");
  connect();
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function numberOf(value) {
  return value === null ? "–" : value.toLocaleString("en");
}

function spanOf(seconds) {
  if (seconds === null) return "–";
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/** On a phone the style makes cards of the table's rows, which browsers take for the end of the table. */
function sayRoles() {
  const roles = { table: "table", "thead, tbody": "rowgroup", "thead tr": "row", "thead th": "columnheader" };
  for (const [elements, role] of Object.entries(roles)) {
    for (const element of document.querySelectorAll(elements)) element.setAttribute("role", role);
  }
}

sayRoles();
connect();
setInterval(showAge, 1000);
