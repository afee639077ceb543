// The operators' HTTP application: a process' routes, the document that describes them, and what answers anything else.
import { describeError, ERRORS, type SignalingError } from "@jongleur/protocol";
import express, { type ErrorRequestHandler, type Express } from "express";
import helmet from "helmet";
import { z } from "zod";
import type { Logger } from "./logger.ts";
import { type ApiInfo, type OpenApiDocument, openApiDocument } from "./openapi.ts";
import { defineRoute, type Route } from "./route.ts";
import { type AdminAccess, refuse, registerRoutes } from "./route-registration.ts";

export interface OpsAppParts extends AdminAccess {
  readonly info: ApiInfo;
  readonly routes: readonly Route[];
  /** Whether it is served over TLS. */
  readonly secure: boolean;
  readonly logger: Logger;
}

export function createOpsApp({ info, routes, secure, logger, ...adminAccess }: OpsAppParts): Express {
  const app = express();
  // Telling a browser to insist on TLS makes sense only where there is some.
  const plain = {
    strictTransportSecurity: false,
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  };
  app.use(helmet(secure ? {} : plain));
  registerRoutes(app, documented(info, routes), adminAccess, logger);
  app.use((_request, response) => refuse(response, { error: "notFound", details: "There is no such endpoint" }));
  app.use(reportFailure(logger));
  return app;
}

/** @returns the routes, and the one that describes them all */
function documented(info: ApiInfo, routes: readonly Route[]): readonly Route[] {
  const all = [...routes, documentRoute(() => document)];
  const document = openApiDocument(info, all);
  return all;
}

function documentRoute(document: () => OpenApiDocument): Route {
  return defineRoute({
    name: "readApi",
    method: "get",
    path: "/openapi.json",
    summary: "This document",
    access: "open",
    anyOrigin: true,
    answers: {
      200: {
        description: "OpenAPI 3.1",
        schema: z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) }),
      },
    },
    answer: () => ({ status: 200, body: document() }),
  });
}

/** A request that can't be read gets a 4xx that says why; anything else is a defect, and logged. */
function reportFailure(logger: Logger): ErrorRequestHandler {
  return (error, _request, response, _next) => {
    if (typeof error.status === "number" && error.status < 500) {
      response.status(error.status).json(describeError(unreadable(error)));
      return;
    }
    logger.error({ err: error }, "request failed");
    refuse(response, { error: "internal", details: "The request failed" });
  };
}

/** @param error as body-parser and Express make them */
function unreadable({ status, type, message, limit }: UnreadableRequest): SignalingError {
  if (status === ERRORS.tooLarge.http) return { error: "tooLarge", details: `The body takes more than ${limit} bytes` };
  const what = type === "entity.parse.failed" ? "The body is no JSON object" : "The request can't be read";
  return { error: "badParameters", details: `${what}: ${message}` };
}

interface UnreadableRequest {
  readonly status: number;
  readonly type?: string;
  readonly message: string;
  /** Of the body, in bytes, if that is what was passed. */
  readonly limit?: number;
}
