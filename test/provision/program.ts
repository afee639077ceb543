// A program of this machine that can be started again and again, and how it is found.
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { type Attempt, got, notHad, reasonOf } from "./attempt.ts";

export interface Program {
  readonly path: string;
  /** What it needs in its environment, beside what is there. */
  readonly env: Readonly<Record<string, string>>;
  /** What it says of itself, once it has been tried. */
  readonly answer?: string;
}

/** One that has been looked for, and where it was found. */
export interface FoundProgram extends Program {
  /** One line that says which it is. */
  readonly sentence: string;
}

export function found(name: string, program: Program, how: string): FoundProgram {
  const version = /\d+(\.\d+)+/.exec(program.answer ?? "")?.[0] ?? "of unknown version";
  return { ...program, sentence: `${name} ${version} at ${program.path}: ${how}` };
}

/** Whether it starts, and is recent enough. */
export type Trial = (program: Program) => Promise<Attempt<Program>>;

/** @param fault why its answer to `option` shows that it will not do, if so, as what follows the path in a sentence */
export function trialBy(option: string, fault: (answer: string) => string | undefined): Trial {
  return async (program) => {
    try {
      const env = { ...process.env, ...program.env };
      const { stdout } = await promisify(execFile)(program.path, [option], { env });
      const why = fault(stdout);
      return why === undefined ? got({ ...program, answer: stdout }) : notHad(`${program.path} ${why}`);
    } catch (error) {
      return notHad(`${program.path} does not start: ${reasonOf(error)}`);
    }
  };
}

/** The first that is on the PATH, whether it does or not: who put it there means that one. */
export async function programOnPath(name: string, attempt: Trial): Promise<Attempt<Program>> {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, name);
    if (await isExecutable(path)) return attempt({ path, env: {} });
  }
  return notHad(`there is no ${name} on the PATH`);
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
