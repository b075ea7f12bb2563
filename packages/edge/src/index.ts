export { createEdgeApp, type EdgeApp, type EdgeOverrides } from './app.ts'
export { type EdgeConfig, edgeConfigSchema, readEdgeConfig } from './config.ts'
export type { AnswerLaterPort } from './interactions/answer-later.ts'
