import type { Clock, LogPort, MetricsPort } from '@guildmesh/runtime'
import type { MountAt } from './mounted-part.ts'

/** The part of a gateway's configuration that mounting needs. */
export interface MountConfig {
  /** Paths of the modules, from the working directory on. */
  readonly MOUNTED_MODULES: readonly string[]
  readonly MOUNTED_LISTENER_TIMEOUT_MS: number
  readonly DISCORD_API_URL: string
  readonly DISCORD_TOKEN: { reveal(): string }
  readonly DISCORD_APP_ID: string
}

/**
 * Loads and mounts the configured modules; `null` if there are none. discord.js itself is loaded only here: a
 * gateway without modules does without its time and memory.
 * @throws MountedModuleError if one cannot be mounted
 */
export async function mountModules(
  config: MountConfig,
  observers: { readonly clock: Clock; readonly log: LogPort; readonly metrics: MetricsPort },
): Promise<MountAt | null> {
  if (config.MOUNTED_MODULES.length === 0) return null
  const [{ loadMountedModules }, { openMountedModules }] = await Promise.all([
    import('./mounted-module.ts'),
    import('./mounted-modules.ts'),
  ])
  return openMountedModules({
    modules: await loadMountedModules(config.MOUNTED_MODULES),
    rest: { baseUrl: config.DISCORD_API_URL, token: config.DISCORD_TOKEN },
    applicationId: config.DISCORD_APP_ID,
    listenerLimitMs: config.MOUNTED_LISTENER_TIMEOUT_MS,
    ...observers,
  })
}
