import type { APIApplicationCommandOptionChoice } from 'discord-api-types/v10'
import { z } from 'zod'
import { DiscordError, invalidField } from '../discord-error.ts'
import { parseForm } from '../forms/form.ts'
import { completeComponents } from '../forms/component-payload.ts'
import { messageSchema } from '../forms/message-form.ts'
import { parseModal } from '../forms/modal-form.ts'
import type { ModalForm } from '../forms/modal-form.ts'
import { allowedResponses } from './interaction-record.ts'
import type { InteractionRecord, ResponseType } from './interaction-record.ts'

const callbackSchema = z.object({ type: z.number().int(), data: z.looseObject({}).nullish() })
/** A deferral may be ephemeral and nothing else: "Interaction Callback Data Structure", note on flags. */
const deferSchema = z.object({ flags: z.literal([0, 64]).nullish() })
const choicesSchema = z.object({
  choices: z
    .array(
      z.looseObject({ name: z.string().min(1).max(100), value: z.union([z.string().max(100), z.number()]) }),
    )
    .max(25),
})
const ephemeralFlag = 64

/** A response that has been checked against the interaction it answers. */
export type InteractionResponse =
  | { type: 4 | 7; fields: z.output<typeof messageSchema>; ephemeral: boolean }
  | { type: 5; ephemeral: boolean }
  | { type: 6 }
  | { type: 8; choices: APIApplicationCommandOptionChoice[] }
  | { type: 9; modal: ModalForm }

/** Throws 50035 for a response whose type or data Discord would not take for this interaction. */
export function parseResponse(record: InteractionRecord, body: unknown): InteractionResponse {
  const callback = parseForm(callbackSchema, body)
  const type = callback.type as ResponseType
  if (!allowedResponses[record.kind].includes(type)) {
    throw invalidField(
      'type',
      'INTERACTION_RESPONSE_TYPE_INVALID',
      `Response type ${callback.type} is not valid for an interaction of type ${record.kind}`,
    )
  }
  switch (type) {
    case 4:
    case 7: {
      if (type === 7 && record.messageId === null) {
        throw new DiscordError(400, 50035, 'Invalid Form Body', {
          type: {
            _errors: [
              { code: 'INTERACTION_RESPONSE_TYPE_INVALID', message: 'There is no message to update' },
            ],
          },
        })
      }
      const fields = parseForm(messageSchema, callback.data)
      return { type, fields, ephemeral: ((fields.flags ?? 0) & ephemeralFlag) !== 0 }
    }
    case 5:
      return { type, ephemeral: ((parseForm(deferSchema, callback.data).flags ?? 0) & ephemeralFlag) !== 0 }
    case 6:
      return { type }
    case 8:
      return {
        type,
        choices: parseForm(choicesSchema, callback.data).choices,
      }
    case 9: {
      const modal = parseModal(callback.data)
      return { type, modal: { ...modal, components: completeComponents(modal.components) } }
    }
    default:
      return type satisfies never
  }
}
