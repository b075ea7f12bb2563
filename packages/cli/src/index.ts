export type { CliIo } from './cli-io.ts'
export { type ExitCode, exitCodes } from './exit-code.ts'
export { runCli } from './run-cli.ts'
