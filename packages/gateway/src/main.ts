import { runMain } from '@guildmesh/runtime'
import { createGatewayApp } from './app.ts'
import { readGatewayConfig } from './config.ts'

await runMain('gateway', ({ env, signal }) => createGatewayApp(readGatewayConfig(env), { signal }))
