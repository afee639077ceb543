import { expect, test } from "vitest";
import { z } from "zod";
import { readConfig, shownTo } from "./config.ts";

const settings = {
  wsPort: { schema: z.coerce.number().int().default(8080), wants: "a port" },
  maxMultiRoomPerUser: {
    schema: z.coerce.number().int().default(10),
    wants: "a whole number",
    aliases: ["maxMultiRoomsPerUser"],
  },
  appToken: { schema: z.string().min(3).optional(), wants: "a token", secret: true },
} as const;

const read = (...sources: Record<string, string>[]) => readConfig(settings, sources);

test("what is not set has its default", () => {
  expect(read({})).toEqual({ config: { wsPort: 8080, maxMultiRoomPerUser: 10, appToken: undefined } });
});

test.each(["wsPort", "WS_PORT", "JONGLEUR_WS_PORT"])("a setting may be spelled %s", (name) => {
  expect(read({ [name]: "9090" })).toMatchObject({ config: { wsPort: 9090 } });
});

test.each(["maxMultiRoomsPerUser", "MAX_MULTI_ROOMS_PER_USER", "maxMultiRoomPerUser"])("%s is one setting", (name) => {
  expect(read({ [name]: "3" })).toMatchObject({ config: { maxMultiRoomPerUser: 3 } });
});

test("the first source that has a setting wins, however it is spelled", () => {
  expect(read({ WS_PORT: "1" }, { wsPort: "2", appToken: "abc" })).toMatchObject({
    config: { wsPort: 1, appToken: "abc" },
  });
});

test("all faults come at once, each with name, value and wish, but no secret", () => {
  expect(read({ wsPort: "many", appToken: "ab", JONGLEUR_COLOUR: "red", maxMultiRoomPerUser: "" })).toMatchObject({
    faults: [
      "JONGLEUR_COLOUR: there is no such setting",
      'wsPort: got "many", wants a port',
      "appToken: got a value that is not shown, wants a token",
    ],
  });
});

test("what is right can be known in spite of faults elsewhere", () => {
  expect(read({ wsPort: "many", maxMultiRoomPerUser: "3" })).toMatchObject({
    partial: { wsPort: undefined, maxMultiRoomPerUser: 3 },
  });
});

test("two spellings with different values are a fault, with one value they are not", () => {
  expect(read({ wsPort: "1", WS_PORT: "2" })).toMatchObject({
    faults: ["wsPort: got different values as wsPort and WS_PORT, wants one"],
  });
  expect(read({ wsPort: "1", WS_PORT: "1" })).toMatchObject({ config: { wsPort: 1 } });
});

test.each([
  "JONGLEUR_SERVICE_HOST",
  "JONGLEUR_SERVICE_PORT_HTTP",
  "JONGLEUR_PORT",
  "JONGLEUR_SIGNALING_PORT_8080_TCP_ADDR",
  "JONGLEUR_SIGNALING_SERVICE_PORT",
])("%s, which Kubernetes sets for a Service, is passed over", (name) => {
  expect(read({ [name]: "tcp://10.0.0.1:80" })).toHaveProperty("config");
});

test.each(["WS_PORT", "JONGLEUR_WS_PORT"])(
  "%s is not the setting wsPort where it holds a Service's address",
  (name) => {
    expect(read({ [name]: "tcp://10.0.0.1:80" })).toMatchObject({ config: { wsPort: 8080 } });
  },
);

test("the configuration can be shown without secrets", () => {
  const result = read({ appToken: "secret" });
  expect("config" in result && shownTo("admins", settings, result.config)).toEqual({
    wsPort: 8080,
    maxMultiRoomPerUser: 10,
  });
});
