// What operators ask every process: is it alive, is it ready, what does it measure.
import { describeError, ERRORS, type SignalingError } from "@jongleur/protocol";
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from "express";
import helmet from "helmet";
import type { Registry } from "prom-client";
import type { Logger } from "./logger.ts";

export interface OpsAppParts {
  /** What `/metrics` tells; undefined where that is another's route. */
  readonly registry?: Registry;
  /** Whether it is served over TLS. */
  readonly secure: boolean;
  /** Why the process should get no new work just now; undefined when it is ready. */
  readonly notReady: () => string | undefined;
}

/** An application that more routes can be added to, closed by `finishOpsApp`. */
export function createOpsApp({ registry, secure, notReady }: OpsAppParts): Express {
  const app = express();
  // Telling a browser to insist on TLS makes sense only where there is some.
  const plain = {
    strictTransportSecurity: false,
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  };
  app.use(helmet(secure ? {} : plain));
  app.get("/livez", readableFromAnywhere, (_request, response) => void response.json({ status: "OK" }));
  app.get("/readyz", readableFromAnywhere, (_request, response) => {
    const reason = notReady();
    if (reason === undefined) response.json({ status: "OK" });
    else response.status(503).json({ status: "not ready", reason });
  });
  if (registry) addMetrics(app, registry);
  return app;
}

function addMetrics(app: Express, registry: Registry): void {
  app.get("/metrics", readableFromAnywhere, async (_request, response) => {
    response.set("Content-Type", registry.contentType).send(await registry.metrics());
  });
}

/** Adds what answers requests that no route took, or that failed. */
export function finishOpsApp(app: Express, logger: Logger): void {
  app.use((_request, response) => refuse(response, { error: "notFound", details: "There is no such endpoint" }));
  app.use(reportFailure(logger));
}

export function refuse(response: Response, error: SignalingError): void {
  response.status(ERRORS[error.error].http).json(describeError(error));
}

/** For what any web page may read, not for what tells of people or rooms. */
export const readableFromAnywhere: RequestHandler = (_request, response, next) => {
  response.set({ "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin" });
  next();
};

/** A request that can't be read gets a 4xx that says why; anything else is a defect, and logged. */
function reportFailure(logger: Logger): ErrorRequestHandler {
  return (error, _request, response, _next) => {
    if (typeof error.status === "number" && error.status < 500) {
      const name = error.status === ERRORS.tooLarge.http ? "tooLarge" : "badParameters";
      response.status(error.status).json(describeError({ error: name, details: String(error.message) }));
      return;
    }
    logger.error({ err: error }, "request failed");
    refuse(response, { error: "internal", details: "The request failed" });
  };
}
