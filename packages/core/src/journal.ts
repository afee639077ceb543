// Port: the facts that a backend may want to know.

export type Fact =
  | { readonly fact: "user-online" | "user-offline"; readonly uid: string }
  | { readonly fact: "room-opened" | "room-closed"; readonly rid: string }
  | {
      readonly fact: "member-joined" | "member-left";
      readonly rid: string;
      /** The room's after the change: orders the facts of a room. */
      readonly version: number;
      readonly uid: string;
      readonly sessionId: string;
    };

/** Signaling never waits for the journal, and works the same whatever becomes of a fact. */
export interface Journal {
  record(fact: Fact): void;
}

/** For a service that nobody asks for its facts. */
export const noJournal: Journal = { record() {} };
