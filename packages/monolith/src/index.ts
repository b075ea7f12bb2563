export { createMonolithApp, type MonolithApp } from './app.ts'
export { type MonolithConfig, monolithVariables, readMonolithConfig } from './config.ts'
