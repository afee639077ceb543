// The facts of this process, kept in the order in which they came about.
import type { Fact, Journal } from "./journal.ts";

export class MemoryJournal implements Journal {
  readonly facts: Fact[] = [];

  record(fact: Fact): void {
    this.facts.push(fact);
  }
}
