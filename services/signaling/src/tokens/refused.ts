// Each token that is refused is reported here, whichever the protocol: who was it, and why.
import type { Logger } from "@jongleur/runtime";
import type { Rejections } from "../rejections.ts";

interface RefusedToken {
  readonly protocol: "jsongle" | "mse";
  /** Address of the client, behind proxies that are trusted. */
  readonly peer: string;
  /** Absent where the connection has not become one yet. */
  readonly session?: string;
  /** Never holds anything of the token but names and times of its claims. */
  readonly reason: string;
}

export type ReportRefusedToken = (refused: RefusedToken) => void;

export function createTokenReport(rejections: Rejections, logger: Logger): ReportRefusedToken {
  return (refused) => {
    rejections.add("token");
    logger.info(refused, "token refused");
  };
}
