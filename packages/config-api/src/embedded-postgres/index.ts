export * from './start-embedded-postgres.ts'
export { PostgresStartError } from './start-error.ts'
