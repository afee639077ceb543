import { expect, test } from "vitest";
import { Addresses, type Lookup, readAddresses } from "./addresses.ts";

const open = (list: string, lookup: Lookup) => {
  const failed: string[] = [];
  const addresses = new Addresses(readAddresses(list) ?? [], lookup, (name) => failed.push(name));
  return { addresses, failed };
};

test("a name stands for each of its addresses, an address for itself", async () => {
  const { addresses } = open("http://pods:8081, https://secure, http://[::1]:9, http://10.0.0.9:8081/", async (name) =>
    name === "pods" ? ["10.0.0.1", "10.0.0.2"] : ["fd00::1"],
  );
  expect(await addresses.resolve()).toEqual([
    { url: "http://10.0.0.1:8081", name: "pods" },
    { url: "http://10.0.0.2:8081", name: "pods" },
    { url: "https://[fd00::1]:443", name: "secure" },
    { url: "http://[::1]:9" },
    { url: "http://10.0.0.9:8081" },
  ]);
});

test("pods come and go with the addresses of their name; while it can't be looked up, all stay", async () => {
  let known: readonly string[] | undefined = ["10.0.0.1"];
  const { addresses, failed } = open("http://pods:1", async () => {
    if (!known) throw new Error("no answer");
    return known;
  });
  const urls = async () => (await addresses.resolve()).map(({ url }) => url);
  expect(await urls()).toEqual(["http://10.0.0.1:1"]);
  known = undefined;
  expect(await urls()).toEqual(["http://10.0.0.1:1"]);
  expect(failed).toEqual(["pods"]);
  known = ["10.0.0.3"];
  expect(await urls()).toEqual(["http://10.0.0.3:1"]);
});

test.each(["localhost:8081", "ftp://a", "http://a/metrics", "http://a?b", "http://u:p@a", "http://a,,http://b", ","])(
  "%j is no list of pods",
  (list) => expect(readAddresses(list)).toBeUndefined(),
);
