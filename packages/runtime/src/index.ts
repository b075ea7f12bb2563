export type { App, AppTools } from './lifecycle/app.ts'
export { runMain } from './lifecycle/run-main.ts'
export * from './work/index.ts'
export { isRecord } from './is-record.ts'
export { ConfigError, type ConfigProblem } from './config/config-error.ts'
export { type ConfigVariable, describeConfig } from './config/config-variable.ts'
export { commonConfig } from './config/common-config.ts'
export { env } from './config/env.ts'
export { parseConfig } from './config/parse-config.ts'
export { Secret } from './config/secret.ts'
export { createLogger, type Logger, type LoggerOptions } from './observability/logger.ts'
export type { LogPort } from './observability/log-port.ts'
export { Metrics } from './observability/metrics.ts'
export type { Counter, Gauge, Histogram, MetricsPort } from './observability/metrics-port.ts'
export {
  type OpsServer,
  type OpsServerOptions,
  type ReadinessCheck,
  type ReadinessState,
  startOpsServer,
} from './observability/ops-server.ts'
export { redact, redactText } from './observability/redact.ts'
export { listenError, PortInUseError } from './server/listen.ts'
export { createIdentity, type Identity, type TokenSource } from './identity/identity.ts'
export { joinToken } from './identity/join-token.ts'
export type { KeySource } from './identity/key-ring.ts'
export {
  type Authenticator,
  type AuthenticatorOptions,
  createAuthenticator,
} from './identity/authenticator.ts'
export { meshPath, type MeshServer, type MeshServerOptions, startMeshServer } from './server/mesh-server.ts'
export { type BrowserRpcOptions, mountBrowserRpc } from './server/browser-rpc.ts'
export type { MeshClientOptions, MeshConnection } from './client/connection.ts'
export type { ConnectionState } from './client/transport.ts'
export { type CallOptions, onward, within } from './client/call-options.ts'
export { connectInProcess, connectMesh } from './client/connect-mesh.ts'
export { createGatewayConnections, type GatewayConnections } from './client/gateway-connections.ts'
export { subscriptionEvents } from './client/subscription-events.ts'
export { RoutingTable } from './mesh/routing-table.ts'
export { followAssignments } from './mesh/follow-assignments.ts'
export { keepEnrolled } from './mesh/keep-enrolled.ts'
