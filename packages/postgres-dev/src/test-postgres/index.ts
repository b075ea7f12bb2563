export { createTestDatabase, type TestDatabase } from './test-database.ts'
export { silentLog, unsafeButFast } from './test-server.ts'
