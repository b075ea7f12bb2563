/** A gateway's database of guilds. The doors are narrow: see `openGuildStore`. */
export interface GuildStore extends Disposable {
  readonly path: string
}
