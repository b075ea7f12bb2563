import { z } from 'zod'
import type { InteractionEndpoint } from '../../interactions/interaction-endpoint.ts'
import { awaitView, viewInteraction } from '../../interactions/interaction-view.ts'
import type { InteractionRecord } from '../../interactions/interaction-record.ts'
import type { InteractionService } from '../../interactions/interaction-service.ts'
import type { UserActions } from '../../interactions/user-actions.ts'
import type { AutoApproval } from '../../rest/authorize-routes.ts'
import type { GrantStore } from '../../oauth/grants.ts'
import { SimError } from '../../discord-error.ts'
import { isSnowflake } from '../../snowflake.ts'
import type { World } from '../../state/world.ts'
import { operation, query } from '../operation.ts'

const id = z.string().refine(isSnowflake, 'must be a snowflake')
const place = { userId: id, channelId: id }
const waiting = {
  /** `final` (default) waits for the edit after "thinking…"; `first` does not. */
  until: z.enum(['first', 'final']).default('final'),
  timeoutMs: z.number().int().positive().default(15_000),
}
const personFile = z.object({
  filename: z.string().min(1),
  contentType: z.string().default('application/octet-stream'),
  base64: z.string().default(''),
})
const optionValue = z.union([z.string(), z.number(), z.boolean()])
const typedValues = z.record(z.string(), optionValue).default({})
/** What options are filled in with, by their names: files for attachments. */
const optionValues = z.record(z.string(), z.union([optionValue, personFile])).default({})
/** Text, a tick, choices or files, by the custom ids of the modal's inputs. */
const modalValues = z.record(
  z.string(),
  z.union([z.string(), z.boolean(), z.array(z.string()), z.array(personFile)]),
)

/** People who use the bot, and the settings of its application. */
export function interactionOperations(
  world: World,
  service: InteractionService,
  actions: UserActions,
  endpoint: InteractionEndpoint,
  grants: GrantStore,
  approval: AutoApproval,
) {
  const settle = (record: InteractionRecord, input: { until: 'first' | 'final'; timeoutMs: number }) =>
    awaitView(world, service, record, input)

  return {
    /** Runs a slash command, or one of the user and message menus with `targetId`. */
    runCommand: operation(
      z.object({
        ...place,
        command: z.string().min(1),
        options: optionValues,
        targetId: id.optional(),
        ...waiting,
      }),
      (input) => settle(actions.runCommand(input), input),
    ),
    autocomplete: operation(
      z.object({
        ...place,
        command: z.string().min(1),
        options: typedValues,
        focused: z.string(),
        ...waiting,
      }),
      (input) => settle(actions.autocomplete(input), input),
    ),
    /** Clicks a button, or sets a select with `values`. */
    useComponent: operation(
      z.object({
        ...place,
        messageId: id,
        customId: z.string(),
        values: z.array(z.string()).optional(),
        ...waiting,
      }),
      (input) => settle(actions.useComponent(input), input),
    ),
    /** Submits the modal that an interaction was answered with; inputs that are left out keep their defaults. */
    submitModal: operation(z.object({ interactionId: id, values: modalValues, ...waiting }), (input) =>
      settle(actions.submitModal(input), input),
    ),
    /** What the user of an earlier interaction sees now. */
    interaction: operation(z.object({ interactionId: id }), (input) => {
      const record = service.find(input.interactionId)
      if (!record) throw new SimError(`there is no interaction ${input.interactionId}`)
      return viewInteraction(world, record)
    }),
    /** Waits for the next lasting state, for an interaction that was answered with "thinking…". */
    awaitInteraction: operation(z.object({ interactionId: id, ...waiting }), (input) => {
      const record = service.find(input.interactionId)
      if (!record) throw new SimError(`there is no interaction ${input.interactionId}`)
      return settle(record, input)
    }),
    /**
     * Points the application's interactions at a URL (null: back to the gateway). Verified with a PING
     * and a badly signed request, as Discord does, unless `verify` is false.
     */
    setInteractionsUrl: operation(
      z.object({ url: z.url().nullable(), verify: z.boolean().default(true) }),
      async (input) => {
        if (input.url === null || input.verify) await endpoint.save(input.url)
        else endpoint.assume(input.url)
        return { url: endpoint.url, probes: endpoint.probes }
      },
    ),
    /** One routine probe with a bad signature, now. */
    probeEndpoint: query(async () => ({
      passed: await endpoint.probe(),
      url: endpoint.url,
      probes: endpoint.probes,
    })),
    /** Redirects that OAuth2 accepts; an empty list accepts any. */
    setRedirectUris: operation(z.object({ uris: z.array(z.url()) }), (input) => {
      world.app.redirectUris = input.uris
      return { uris: input.uris }
    }),
    /** From now on the consent page is skipped and answered by this person; null shows it again. */
    autoApprove: operation(z.object({ userId: id.nullable() }), (input) => {
      approval.userId = input.userId === null ? null : world.user(input.userId).id
      return { userId: approval.userId }
    }),
    /** A bearer token without the consent page. */
    grantToken: operation(
      z.object({ userId: id, scopes: z.array(z.string()).default(['identify', 'guilds']) }),
      (input) => {
        const grant = grants.issue(world.user(input.userId).id, input.scopes)
        return { accessToken: grant.accessToken, refreshToken: grant.refreshToken }
      },
    ),
  }
}
