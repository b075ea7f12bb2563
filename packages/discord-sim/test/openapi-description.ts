import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Schema } from './request-violations.ts'

/** Discord's description lies beside the checkout, or where DISCORD_OPENAPI says. */
const file =
  process.env.DISCORD_OPENAPI ?? resolve(import.meta.dirname, '../../../../shared/data/discord-openapi.json')

export const hasDescription = existsSync(file)
if (!hasDescription)
  console.warn(
    `skipped: Discord's OpenAPI description is not at ${file}; set DISCORD_OPENAPI to check against it`,
  )

export interface DescribedOperation {
  operationId?: string
  parameters?: { name: string; in: string; schema?: Schema }[]
  requestBody?: { content?: Record<string, { schema?: Schema }> }
  responses?: Record<string, { content?: object }>
}

export interface OpenApi {
  paths: Record<string, Record<string, DescribedOperation>>
  components: { schemas: Record<string, Schema> }
}

export const readDescription = () => JSON.parse(readFileSync(file, 'utf8')) as OpenApi
