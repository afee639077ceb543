// What every process needs: configuration, logs, lifecycle and the operators' HTTP port.
export {
  type Config,
  ConfigFileError,
  type ConfigResult,
  configSources,
  readConfig,
  type Setting,
  type Sources,
  shownTo,
} from "./config.ts";
export {
  closeServer,
  createHttpServer,
  type HttpLimits,
  listen,
  readTlsFiles,
  type TlsFiles,
  trackConnections,
} from "./http-server.ts";
export { endOnSignals, Lifecycle, type Stop } from "./lifecycle.ts";
export { LOG_LEVELS, type Log, type Logger, type LogLevel, openLog } from "./logger.ts";
export { createOpsApp } from "./ops-app.ts";
export { createOpsRoutes, createProbeRoutes, okAnswer } from "./ops-routes.ts";
export { createRedis, parseRedisUrl, type RedisAddress } from "./redis-connection.ts";
export { type Access, type Answer, defineRoute, type Route } from "./route.ts";
export { refuse } from "./route-registration.ts";
