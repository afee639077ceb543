// The status page with all that it lives on: what it shows, who looks, and how it is asked for.
import type { Route } from "@jongleur/runtime";
import { Board, type BoardParts } from "./board.ts";
import { EventStreams } from "./event-streams.ts";
import { createStatusRoutes } from "./routes.ts";

export interface Status {
  readonly routes: readonly Route[];
  /** To be called behind each round: all who look are told what it has brought. */
  readonly look: () => void;
  /** Ends the streams; the page then says that it is not connected. */
  readonly close: () => void;
}

const STREAMS = { most: 50, patience: 5, beatMs: 15_000 };

export function openStatus(parts: BoardParts): Status {
  const board = new Board(parts);
  const streams = new EventStreams(STREAMS);
  return {
    routes: createStatusRoutes({ streams, shown: () => board.text() }),
    look: () => {
      board.look();
      streams.send(board.text());
    },
    close: () => streams.close(),
  };
}
