import type { UserState } from '../state/entities.ts'
import type { World } from '../state/world.ts'

/** What a test may say of a new user; the rest is filled in as Discord would. */
export interface UserInput {
  id?: string
  username: string
  globalName?: string | null
  bot?: boolean
  avatar?: string | null
}

export function buildUser(id: string, input: UserInput): UserState {
  return {
    id,
    username: input.username,
    discriminator: input.bot ? String(Number(BigInt(id) % 9999n) + 1).padStart(4, '0') : '0',
    global_name: input.globalName ?? null,
    avatar: input.avatar ?? null,
    avatar_decoration_data: null,
    banner: null,
    accent_color: null,
    flags: 0,
    public_flags: 0,
    primary_guild: null,
    ...(input.bot ? { bot: true } : {}),
  }
}

export function createUser(world: World, input: UserInput): UserState {
  const user = buildUser(input.id ?? world.ids.next(), input)
  world.users.set(user.id, user)
  return user
}
