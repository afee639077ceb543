// Which programs of this machine a test has used, beside Node and Redis: the closing lines of the run tell them.
import { beforeEach } from "vitest";
import type { FoundProgram } from "../provision/program.ts";

declare module "vitest" {
  interface TaskMeta {
    programs?: readonly string[];
  }
}

/** Notes them for each test of the file. @param used asked before each test */
export function notePrograms(used: () => readonly FoundProgram[]): void {
  beforeEach(({ task }) => {
    task.meta.programs = used().map(({ sentence }) => sentence);
  });
}
