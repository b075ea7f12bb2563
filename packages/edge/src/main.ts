import { runMain } from '@guildmesh/runtime'
import { createEdgeApp } from './app.ts'
import { readEdgeConfig } from './config.ts'

await runMain('edge', ({ env, signal }) => createEdgeApp(readEdgeConfig(env), { signal }))
