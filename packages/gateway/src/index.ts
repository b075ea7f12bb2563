export { createGatewayApp, type GatewayApp, type GatewayOverrides } from './app.ts'
export { type GatewayConfig, gatewayVariables, readGatewayConfig } from './config.ts'
