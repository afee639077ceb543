// All metrics as JSON, each with how it is merged with those of other pods: what an aggregator reads.
import type { Express } from "express";
import type { Readings } from "../readings.ts";

export function addReadingRoute(app: Express, readings: Readings): void {
  app.get("/metrics.json", async (_request, response) => {
    response.set({ "Content-Type": "application/json", "Cache-Control": "no-store" });
    // Without what Express would add: nobody asks whether it has changed.
    response.end(JSON.stringify(await readings.read()));
  });
}
