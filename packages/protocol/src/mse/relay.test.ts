import { expect, test } from "vitest";
import { isRelayedCommand, type RelayedCommand } from "./commands.ts";
import { parseMse } from "./parse.ts";
import { buildRelayedNotification } from "./relay.ts";
import { RequestFactory } from "./request-factory.ts";

function commandOf(text: string): RelayedCommand {
  const call = parseMse(text, { maxDepth: 8 }).calls[0]!;
  if ("error" in call || !isRelayedCommand(call.command)) throw call;
  return call.command;
}
const relay = (text: string) => JSON.stringify(buildRelayedNotification(commandOf(text), "u1"));

test.each([
  RequestFactory.sdpOffer("o"),
  RequestFactory.sdpAnswer("a"),
  RequestFactory.iceCandidate({ candidate: "" }),
])("%s reaches the others as it was sent", (text) => {
  expect(relay(text)).toBe(text);
});

test("what had an id is relayed without", () => {
  expect(relay('{"id":7,"jsonrpc":"2.0","method":"sdpOffer","params":{"offer":"o"},"beside":1}')).toBe(
    RequestFactory.sdpOffer("o"),
  );
});

test("a chat names its sender, whatever it claims", () => {
  const relayed = { to: ["u2"], message: "m", attachment: "object", from: "u1" };
  const sent =
    '{"jsonrpc":"2.0","method":"chat","params":{"from":"u2","to":["u2"],"message":"m","attachment":"object"}}';
  expect(relay(sent)).toBe(JSON.stringify({ id: null, method: "chat", jsonrpc: "2.0", params: relayed }));
});

test("names that mean something to JavaScript are only names", () => {
  const params =
    '{"candidate":{"__proto__":{"polluted":1}},"__proto__":{"polluted":1},"toString":1,"constructor":null}';
  const text = `{"id":null,"method":"iceCandidate","jsonrpc":"2.0","params":${params}}`;
  expect(relay(text)).toBe(text);
  const chat = '{"id":null,"method":"chat","jsonrpc":"2.0","params":{"message":"m","__proto__":{"from":"u2"}}}';
  expect(relay(chat)).toBe(chat.replace("}}}", '},"from":"u1"}}'));
  expect({}).not.toHaveProperty("polluted");
});
