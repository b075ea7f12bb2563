export * from './embedded-postgres/start-embedded-postgres.ts'
export { PostgresStartError } from './embedded-postgres/start-error.ts'
