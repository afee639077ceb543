// The borders between folders hold: the linter refuses what must not cross them.
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";

const BIOME = "node_modules/.bin/biome";

function lint(path: string, source: string): "passes" | "refused" {
  try {
    execFileSync(BIOME, ["lint", "--error-on-warnings", `--stdin-file-path=${path}`], { input: source, stdio: "pipe" });
    return "passes";
  } catch {
    return "refused";
  }
}

const using = (specifier: string) => `import * as used from "${specifier}";\nexport const a = used;\n`;

describe.each(["packages/protocol/src/x.ts", "packages/core/src/x.ts"])("%s", (path) => {
  test.each([
    using("node:fs"),
    using("zod"),
    using("socket.io"),
    using("@jongleur/runtime"),
    using("../../runtime/src/logger.ts"),
    "export const now = () => Date.now();\n",
    "export const env = () => process.env;\n",
    "export const later = (f: () => void) => setTimeout(f, 1);\n",
  ])("may not hold %j", (source) => {
    expect(lint(path, source)).toBe("refused");
  });
});

test("protocol imports nothing, core the protocol only", () => {
  expect(lint("packages/protocol/src/x.ts", using("@jongleur/protocol"))).toBe("refused");
  expect(lint("packages/protocol/src/x.ts", using("./errors.ts"))).toBe("passes");
  expect(lint("packages/core/src/x.ts", using("@jongleur/protocol"))).toBe("passes");
});
