import type { SimClient } from '@guildmesh/discord-sim/client'

/** A guild of the simulator, with somebody in it and somewhere to talk. */
export interface Talkative {
  readonly guildId: string
  readonly name: string
  readonly channelId: string
  /** The guild's owner. */
  readonly ownerId: string
  /** A member who is not the bot. */
  readonly memberId: string
}

/** Guilds that the bot is in, in the simulator's order. */
export async function talkativeGuilds(sim: SimClient, count: number): Promise<Talkative[]> {
  const guilds = (await sim.guilds()).filter(({ botPresent }) => botPresent).slice(0, count)
  if (guilds.length < count)
    throw new Error(`the simulator has ${guilds.length} guilds with the bot, not ${count}`)
  return Promise.all(guilds.map(({ id }) => talkativeGuild(sim, id)))
}

export async function talkativeGuild(sim: SimClient, guildId: string): Promise<Talkative> {
  const guild = await sim.guild({ guildId })
  const channel = guild.channels.find(({ name }) => name === 'general')
  const member = guild.members.find(({ user }) => user.bot !== true && user.id !== guild.ownerId)
  if (channel === undefined || member === undefined) throw new Error(`nobody can talk in ${guild.name}`)
  return {
    guildId,
    name: guild.name,
    channelId: channel.id,
    ownerId: guild.ownerId,
    memberId: member.user.id,
  }
}
