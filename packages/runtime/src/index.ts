// What every process needs: configuration, logs, lifecycle and the operators' HTTP port.
export {
  type Config,
  ConfigFileError,
  type ConfigResult,
  configSources,
  readConfig,
  type Setting,
  type Sources,
  withoutSecrets,
} from "./config.ts";
export { closeServer, createHttpServer, listen, readTlsFiles, type TlsFiles, trackConnections } from "./http-server.ts";
export { endOnSignals, Lifecycle, type Stop } from "./lifecycle.ts";
export { LOG_LEVELS, type Log, type Logger, type LogLevel, openLog } from "./logger.ts";
export { createOpsApp, finishOpsApp, readableFromAnywhere, refuse } from "./ops-app.ts";
export { createRedis, parseRedisUrl, type RedisAddress } from "./redis-connection.ts";
