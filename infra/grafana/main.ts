// Writes the dashboards as JSON for Grafana: `npm run dashboards`.
import { mkdirSync, writeFileSync } from "node:fs";
import { DASHBOARD_FOLDER, dashboardFiles } from "./dashboards.ts";

mkdirSync(DASHBOARD_FOLDER, { recursive: true });
for (const [name, json] of dashboardFiles()) writeFileSync(new URL(name, DASHBOARD_FOLDER), json);
