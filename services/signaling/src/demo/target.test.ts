// Which pod and token the demo takes from its arguments, and from the settings that it shares with the pod.
import { describe, expect, it } from "vitest";
import { readSignalingConfig } from "../settings.ts";
import { chooseTarget, isLoopback, type Surroundings } from "./target.ts";

const around = (variables: Record<string, string> = {}, tokens: Record<number, string> = {}): Surroundings => ({
  readSettings: () => readSignalingConfig([variables]),
  findToken: (wsPort) => tokens[wsPort],
  findSecret: (wsPort) => tokens[wsPort] && `secret beside ${tokens[wsPort]}`,
});
const run = (url: string, token?: string) =>
  expect.objectContaining({ outcome: "run", target: expect.objectContaining({ url, token }) });

describe("the demo's target", () => {
  it("is the pod of the same settings", () => {
    const settings = { wsPort: "9000", appToken: "secret" };

    expect(chooseTarget([], around(settings))).toEqual(run("http://localhost:9000", "secret"));
    expect(chooseTarget([], around({ ...settings, useHTTPS: "true" }))).toEqual(
      run("https://localhost:9000", "secret"),
    );
  });

  it("takes the token that a pod in development left for its port", () => {
    const surroundings = around({}, { 8080: "left", 9000: "other" });

    expect(chooseTarget([], surroundings)).toEqual(run("http://localhost:8080", "left"));
    expect(chooseTarget(["--url", "http://127.0.0.1:9000/"], surroundings)).toEqual(
      run("http://127.0.0.1:9000", "other"),
    );
    expect(chooseTarget(["--url", "http://example.org:9000"], surroundings)).toEqual(run("http://example.org:9000"));
  });

  it("prefers its arguments, and with both given passes over faults of the settings", () => {
    const broken = around({ wsPort: "none" });
    const args = ["--url", "https://example.org", "--token", "given"];

    expect(chooseTarget(["--token", "given"], around({ appToken: "set" }))).toEqual(
      run("http://localhost:8080", "given"),
    );
    expect(chooseTarget(args, broken)).toEqual(run("https://example.org", "given"));
    expect(chooseTarget([], broken)).toMatchObject({
      outcome: "unsettled",
      faults: [expect.stringMatching(/^wsPort: got "none"/)],
    });
  });

  it.each([[false], [true]])("signs with the secret that is set, or that was left for the port (MSE: %s)", (mse) => {
    const [url, key] = ["http://localhost:8080", { issuer: "", audience: "" }];
    const args = mse ? ["--mse"] : [];
    const target = (secret: string) => ({
      outcome: "run",
      target: { url, token: "left", mse, key: { ...key, secret } },
    });

    expect(chooseTarget(args, around({ jwtSecret: "set" }, { 8080: "left" }))).toEqual(target("set"));
    expect(chooseTarget(args, around({}, { 8080: "left" }))).toEqual(target("secret beside left"));
    expect(chooseTarget(args, around({}))).toMatchObject({ target: { key: undefined } });
  });

  it("is unknown where the pod takes any free port", () => {
    expect(chooseTarget([], around({ wsPort: "0" }))).toMatchObject({
      outcome: "unsettled",
      faults: [expect.stringContaining("--url")],
    });
  });

  it.each([
    [["--colour"], /--colour/],
    [["bob"], /bob/],
    [["--url"], /--url/],
    [["--url", "localhost:8080"], /localhost:8080/],
    [["--url", "http://localhost:8080/room"], /room/],
    [["--url", ""], /--url/],
  ])("%j is no way to call it", (args, fault) => {
    expect(chooseTarget(args, around())).toMatchObject({ outcome: "misused", fault: expect.stringMatching(fault) });
  });
});

it.each([
  ["https://localhost:8080", true],
  ["https://127.0.0.1", true],
  ["https://[::1]:8080", true],
  ["https://localhost.example.org", false],
  ["https://192.0.2.1", false],
])("%s is this machine: %s", (url, expected) => {
  expect(isLoopback(url)).toBe(expected);
});
