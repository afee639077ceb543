// What the parts print, passed on while the cluster runs: a start that fails tells it anyway, and an end is expected.
import type { Child } from "./child.ts";

export class Output {
  #open = false;

  readonly tell = (name: string, line: string): void => {
    if (this.#open) process.stdout.write(`${name.padEnd(11)}${line}\n`);
  };

  /** From now on, and how each of them ends if it does so by itself. */
  open(children: readonly Child[]): void {
    this.#open = true;
    for (const { name, ended } of children) void ended.then((how) => this.tell(name, `has ended, ${how}`));
  }

  readonly close = (): void => {
    this.#open = false;
  };
}
