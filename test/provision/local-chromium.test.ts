// A Chromium that is named is the one that counts.
import { expect, test } from "vitest";
import { findChromium } from "./local-chromium.ts";

test.each([
  ["/nowhere/chromium", "/nowhere/chromium does not start: spawn /nowhere/chromium ENOENT"],
  [process.execPath, `${process.execPath} is no Chromium: it says ${process.version}`],
])("where %s is named and is none, that is said, and no other is looked for", async (path, why) => {
  await expect(findChromium(path)).rejects.toThrow(`There is no Chromium to be had: CHROMIUM_PATH says that ${why}.`);
});
