import { expect, test } from "vitest";
import { parseRedisUrl } from "./redis-connection.ts";

const here = (port: number) => ({ host: "127.0.0.1", port });

test.each([
  ["redis://127.0.0.1", { kind: "single", nodes: [here(6379)], tls: false }],
  ["rediss://127.0.0.1:7000/3", { kind: "single", nodes: [here(7000)], tls: true, db: 3 }],
  [
    "redis://jongleur:p%40ss%2Fword@127.0.0.1",
    { kind: "single", nodes: [here(6379)], tls: false, username: "jongleur", password: "p@ss/word" },
  ],
  ["redis://:secret@127.0.0.1", { kind: "single", nodes: [here(6379)], tls: false, password: "secret" }],
  ["redis://u:pa:ss@127.0.0.1", { kind: "single", nodes: [here(6379)], tls: false, username: "u", password: "pa:ss" }],
  ["redis://[::1]:6380", { kind: "single", nodes: [{ host: "::1", port: 6380 }], tls: false }],
  [
    "redis+sentinel://127.0.0.1:26379,127.0.0.1:26380/main",
    { kind: "sentinel", nodes: [here(26379), here(26380)], tls: false, name: "main" },
  ],
  ["rediss+cluster://127.0.0.1:7001,127.0.0.1", { kind: "cluster", nodes: [here(7001), here(6379)], tls: true }],
])("%s is understood", (url, address) => {
  expect(parseRedisUrl(url)).toEqual(address);
});

test.each([
  "",
  "127.0.0.1:6379",
  "http://127.0.0.1",
  "redis://",
  "redis://one,two",
  "redis://host:port",
  "redis://host/name",
  "redis+sentinel://host:26379",
  "redis+sentinel://host/main/2",
  "redis+cluster://host/3",
  "redis://us%ZZer@host",
  "redis://host:0",
  "redis://host:99999",
  "redis://a b",
  "redis://host#x",
  "redis://[:::::]",
  "redis://host/99999",
])("%j is no address of a Redis", (url) => {
  expect(parseRedisUrl(url)).toBeUndefined();
});
