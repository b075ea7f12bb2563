export type { GuildStore } from './guild-store.ts'
