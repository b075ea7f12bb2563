import { runMain } from '@guildmesh/runtime'
import { createGatewayApp } from './composition/app.ts'
import { readGatewayConfig } from './config.ts'

await runMain('gateway', ({ env, signal }) => createGatewayApp(readGatewayConfig(env), { signal }))
