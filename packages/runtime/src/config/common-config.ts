import { env } from './env.ts'

/** Shortest join secret that is accepted: 32 characters of base64 or hex have at least 128 bits. */
const joinSecretMinLength = 32

/** The variables that every service has. Spread them into the `z.object` of its configuration. */
export const commonConfig = {
  LOG_LEVEL: env
    .choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info')
    .describe('Lowest log level that is written'),
  HOST: env.text('0.0.0.0').describe('Address that the service listens on'),
  OPS_HOST: env.text('0.0.0.0').describe('Address that health and metrics listen on'),
  OPS_PORT: env.port(9090).describe('Port of /livez, /readyz and /metrics'),
  MESH_JOIN_SECRET: env
    .secret(joinSecretMinLength)
    .describe('Shared by all services; proves at start that a process belongs to the mesh'),
  POD_NAME: env.text().optional().describe('Name of this process in the mesh; set by Kubernetes'),
  SHUTDOWN_GRACE_MS: env
    .int(30_000, { min: 0, max: 600_000 })
    .describe('Milliseconds that the service may take to hand over after SIGTERM'),
}
