// Lets admins in: those who show a token or, where none is configured, those on the pod's own machine.
import type { SignalingError } from "@jongleur/protocol";
import { type Logger, refuse } from "@jongleur/runtime";
import type { Request, RequestHandler } from "express";
import type { RejectionReason, Rejections } from "../rejections.ts";
import { AdminTokens } from "./admin-tokens.ts";
import { FailedAttempts } from "./failed-attempts.ts";
import { whyNotLocal } from "./local-request.ts";

export interface AdminGuardParts {
  /** Undefined where none is configured; nobody is let in by none. */
  readonly tokens: readonly string[] | undefined;
  readonly addressOf: (request: Request) => string;
  readonly rejections: Rejections;
  readonly logger: Logger;
}

type Refusal = SignalingError & {
  readonly reason: RejectionReason;
  /** `WWW-Authenticate` (RFC 6750, section 3). */
  readonly challenge?: string;
};

export function createAdminGuard({ tokens, addressOf, rejections, logger }: AdminGuardParts): RequestHandler {
  const refusalOf = tokens === undefined ? refuseFromElsewhere : createTokenCheck(tokens, addressOf, logger);
  return async (request, response, next) => {
    // What admins are told is for nobody's cache.
    response.set("Cache-Control", "no-store");
    const refusal = await refusalOf(request);
    if (!refusal) return next();
    const { reason, challenge, ...error } = refusal;
    rejections.add(reason);
    if (challenge) response.set("WWW-Authenticate", challenge);
    refuse(response, error);
  };
}

function refuseFromElsewhere(request: Request): Refusal | undefined {
  const why = whyNotLocal(request);
  if (why === undefined) return undefined;
  const details = `Only for requests made on the pod's own machine, until an adminToken is configured: ${why}`;
  return { error: "notGranted", details, reason: "admin_not_local" };
}

function createTokenCheck(list: readonly string[], addressOf: AdminGuardParts["addressOf"], logger: Logger) {
  const tokens = new AdminTokens(list);
  const failures = new FailedAttempts();
  return async (request: Request): Promise<Refusal | undefined> => {
    const shown = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (shown === undefined) return missing;
    const address = addressOf(request);
    const retryAfterMs = await failures.pause(address);
    if (retryAfterMs > 0) return { ...tooMany, retryAfterMs };
    if (tokens.include(shown)) return undefined;
    const isLast = await failures.add(address);
    logger.warn(
      { from: address, path: request.route.path },
      isLast ? "admin tokens refused for a while" : "admin token refused",
    );
    return wrong;
  };
}

const missing: Refusal = {
  error: "badToken",
  details: "Authorization: wants Bearer and an adminToken",
  reason: "admin_token_missing",
  challenge: 'Bearer realm="jongleur"',
};

const wrong: Refusal = {
  error: "badToken",
  details: "Authorization: it is no adminToken",
  reason: "admin_token_wrong",
  challenge: 'Bearer realm="jongleur", error="invalid_token"',
};

const tooMany: Refusal = {
  error: "tooManyRequests",
  details: "Too many wrong adminTokens came from this address",
  reason: "admin_attempts",
};
