// Kills a process and removes its folder when this process has ended, however it ended: Ctrl-C, SIGKILL, or a crash.
import { spawn } from "node:child_process";
import { once } from "node:events";

/** Reads process ids, the newest of which counts; an empty line is none. Its input ends when this process does. */
const SCRIPT = `
trap '' INT TERM HUP
while read -r line; do pid=$line; done
[ -z "$pid" ] || kill -9 "$pid"
rm -rf "$1"
`;

export interface Guard {
  /** @param pid of the process to kill, undefined when there is none any more */
  readonly watch: (pid: number | undefined) => void;
  /** Kills and removes now. */
  readonly end: () => Promise<void>;
}

export function guardFolder(folder: string): Guard {
  const shell = spawn("sh", ["-c", SCRIPT, "guard", folder], { stdio: ["pipe", "ignore", "ignore"] });
  const gone = once(shell, "exit");
  // Being watched over is no reason to go on.
  shell.unref();
  return {
    watch: (pid) => void shell.stdin.write(`${pid ?? ""}\n`),
    end: async () => {
      shell.ref();
      shell.stdin.end();
      await gone;
    },
  };
}
