export { createGatewayApp, type GatewayApp, type GatewayOverrides } from './composition/app.ts'
export { type GatewayConfig, gatewayVariables, readGatewayConfig } from './config.ts'
