import { runMain } from '@guildmesh/runtime'
import { createConfigApp } from './app.ts'
import { readConfig } from './config.ts'

await runMain('config-api', ({ env, signal }) => createConfigApp(readConfig(env), { signal }))
