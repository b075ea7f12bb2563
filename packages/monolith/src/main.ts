import { runMain } from '@guildmesh/runtime'
import { createMonolithApp } from './app.ts'
import { readMonolithConfig } from './config.ts'

await runMain('monolith', ({ env, signal }) => createMonolithApp(readMonolithConfig(env), { signal }))
