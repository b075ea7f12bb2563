import { z } from 'zod'
import { parseForm, snowflake } from './form.ts'
import { imageData } from './image-data.ts'
import { nickname } from './name-form.ts'

const memberSchema = z.object({
  nick: nickname.nullish(),
  roles: z.array(snowflake).max(1_521).nullish(),
  mute: z.boolean().nullish(),
  deaf: z.boolean().nullish(),
  channel_id: snowflake.nullish(),
  communication_disabled_until: z.iso.datetime({ offset: true }).nullish(),
  flags: z.number().int().nullish(),
})
const ownSchema = z.object({
  nick: nickname.nullish(),
  banner: imageData.nullish(),
  avatar: imageData.nullish(),
  bio: z.string().max(190).nullish(),
})

/** https://docs.discord.com/developers/resources/guild#modify-guild-member */
export const readMemberPatch = (body: unknown) => parseForm(memberSchema, body)

/** https://docs.discord.com/developers/resources/guild#modify-current-member */
export const readOwnMemberPatch = (body: unknown) => parseForm(ownSchema, body)
