import { z } from 'zod'
import { webhookEventTypes } from '../resources/webhook-event-types.ts'
import type { ApplicationProfile } from '../state/entities.ts'
import { invalidField } from '../discord-error.ts'
import { parseForm, permissionBits, snowflake } from './form.ts'
import { imageData } from './image-data.ts'
import { username } from './name-form.ts'

const url = z.url().max(2_048)
const clearableUrl = url.nullish().or(z.literal(''))
const installParams = z.object({
  scopes: z
    .array(z.enum(['applications.commands', 'bot']))
    .min(1)
    .nullish(),
  permissions: permissionBits.nullish(),
})

/** https://docs.discord.com/developers/resources/application#edit-current-application; some fields are in the OpenAPI description alone. */
const applicationSchema = z.object({
  custom_install_url: url.nullish(),
  description: z.string().max(400).optional(),
  role_connections_verification_url: url.nullish(),
  install_params: installParams.nullish(),
  integration_types_config: z
    .partialRecord(
      z.enum(['0', '1']),
      z.object({ oauth2_install_params: installParams.nullish() }).nullable(),
    )
    .nullish(),
  flags: z.number().int().nullish(),
  icon: imageData.nullish(),
  cover_image: imageData.nullish(),
  interactions_endpoint_url: clearableUrl,
  tags: z.array(z.string().max(20)).max(5).nullish(),
  event_webhooks_url: clearableUrl,
  event_webhooks_status: z.union([z.literal(1), z.literal(2)]).nullish(),
  event_webhooks_types: z.array(z.enum(webhookEventTypes)).nullish(),
  team_id: snowflake.nullish(),
  explicit_content_filter: z.union([z.literal(0), z.literal(1)]).nullish(),
  max_participants: z.number().int().min(-1).nullish(),
  type: z.literal(4).nullish(),
})
export type ApplicationFields = z.output<typeof applicationSchema>

export function readApplication(body: unknown): ApplicationFields {
  const fields = parseForm(applicationSchema, body)
  if (fields.tags && new Set(fields.tags).size !== fields.tags.length)
    throw invalidField('tags', 'SET_TYPE_ALREADY_CONTAINS_VALUE', 'The set already contains this value')
  return fields
}

/** The part of a patch that is only kept and shown. */
export function toProfile(fields: ApplicationFields, before: ApplicationProfile): ApplicationProfile {
  const config = fields.integration_types_config
  const given = {
    customInstallUrl: fields.custom_install_url,
    roleConnectionsUrl: fields.role_connections_verification_url,
    installParams: fields.install_params && readParams(fields.install_params),
    integrationTypes:
      config &&
      Object.fromEntries(
        Object.entries(config).map(([type, value]) => [
          type,
          value?.oauth2_install_params
            ? { oauth2_install_params: readParams(value.oauth2_install_params) }
            : {},
        ]),
      ),
    icon: fields.icon,
    coverImage: fields.cover_image,
    tags: fields.tags ?? undefined,
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...before, ...Object.fromEntries(set) }
}

const readParams = (params: z.output<typeof installParams>) => ({
  scopes: params.scopes ?? [],
  permissions: params.permissions ?? '0',
})

const selfSchema = z.object({
  username: username.optional(),
  avatar: imageData.nullish(),
  banner: imageData.nullish(),
})

/** https://docs.discord.com/developers/resources/user#modify-current-user */
export const readSelf = (body: unknown) => parseForm(selfSchema, body)
