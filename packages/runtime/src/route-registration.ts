// Routes as Express takes them: guarded, read, checked against their schemas, answered and recorded.
import { describeError, ERRORS, type SignalingError } from "@jongleur/protocol";
import express, { type Express, type Request, type RequestHandler, type Response } from "express";
import type { z } from "zod";
import type { Logger } from "./logger.ts";
import type { Asked, Route } from "./route.ts";

/** Who may use what is for admins, and where a request comes from. */
export interface AdminAccess {
  /** Goes on, or refuses. */
  readonly guard: RequestHandler;
  readonly addressOf: (request: Request) => string;
}

/** Of a request's body. */
const BODY_LIMIT = "8kb";

/** How many unknown properties are named, and how much of each name is shown. */
const NAMED = 5;
const NAME_LENGTH = 64;

export function registerRoutes(app: Express, routes: readonly Route[], adminAccess: AdminAccess, logger: Logger): void {
  for (const route of routes) {
    const steps: RequestHandler[] = [];
    if (route.access === "admin") steps.push(adminAccess.guard);
    if (route.anyOrigin) steps.push(readableFromAnywhere);
    if (route.body) steps.push(express.json({ limit: BODY_LIMIT }));
    app[route.method](expressPath(route), ...steps, answering(route, adminAccess, logger));
  }
  for (const [path, methods] of methodsByPath(routes)) app.all(path, refuseMethod(methods));
}

export function refuse(response: Response, error: SignalingError): void {
  const { retryAfterMs } = error;
  if (retryAfterMs !== undefined) response.set("Retry-After", String(Math.ceil(retryAfterMs / 1000)));
  response.status(ERRORS[error.error].http).json(describeError(error));
}

/** For what any web page may read, not for what tells of people or rooms. */
const readableFromAnywhere: RequestHandler = (_request, response, next) => {
  response.set({ "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin" });
  next();
};

function answering(route: Route, { addressOf }: AdminAccess, logger: Logger): RequestHandler {
  const isChange = route.access === "admin" && route.method !== "get";
  return async (request, response) => {
    const asked = readRequest(route, request);
    if ("error" in asked) return refuse(response, asked);
    const record = route.recorded?.(asked);
    const answer = await route.answer(asked);
    const status = "error" in answer ? ERRORS[answer.error].http : answer.status;
    // The default level is warn, and who changed what must be there to be found.
    if (isChange) logger.warn({ change: route.name, ...record, from: addressOf(request), status }, "admin request");
    if ("error" in answer) return refuse(response, answer);
    answer.after?.();
    const type = route.answers[status]?.type;
    response.status(status).set(answer.headers ?? {});
    if (type !== undefined) response.set("Content-Type", type);
    if (answer.stream && request.method !== "HEAD") answer.stream(response);
    else if (answer.body === undefined) response.end();
    else if (type === undefined) response.json(answer.body);
    else response.send(answer.body);
  };
}

function readRequest(route: Route, { params, body }: Request): Asked<unknown, unknown> | SignalingError {
  if (route.body && body === undefined)
    return { error: "badParameters", details: "body: wants JSON (Content-Type: application/json)" };
  const readParams = route.params?.safeParse(params);
  const readBody = route.body?.safeParse(body);
  const issues = [readParams, readBody].flatMap((read) => read?.error?.issues ?? []);
  if (issues.length > 0) return { error: "badParameters", details: issues.map(describeIssue).join("; ") };
  return { params: readParams?.data, body: readBody?.data };
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    const names = issue.keys.slice(0, NAMED).map((key) => JSON.stringify(key.slice(0, NAME_LENGTH)));
    return `body: there is no property ${names.join(", ")}`;
  }
  return `${issue.path.join(".") || "body"}: ${issue.message}`;
}

function expressPath({ path }: Route): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const route of routes) {
    const taken = route.method === "get" ? ["GET", "HEAD"] : [route.method.toUpperCase()];
    methods.set(expressPath(route), [...(methods.get(expressPath(route)) ?? []), ...taken]);
  }
  return methods;
}

function refuseMethod(methods: readonly string[]): RequestHandler {
  const allowed = methods.join(", ");
  return (request, response) => {
    response.set("Allow", allowed);
    refuse(response, { error: "actionNotAllowed", details: `${request.method}: wants one of ${allowed}` });
  };
}
