import type { APIApplicationCommandOptionChoice, APIMessage } from 'discord-api-types/v10'
import { renderMessage } from '../resources/message-payload.ts'
import type { World } from '../state/world.ts'
import type { InteractionRecord } from './interaction-record.ts'
import type { InteractionService } from './interaction-service.ts'
import type { ModalForm } from '../forms/modal-form.ts'

/** What the user who acted sees on the screen. */
export interface InteractionView {
  interactionId: string
  /**
   * `message`: an answer; `thinking`: deferred and not edited yet; `updated`: the clicked message was or
   * will be changed in place; `modal`; `choices`; `failed`: "The application did not respond";
   * `waiting`: nothing yet.
   */
  status: 'message' | 'thinking' | 'updated' | 'modal' | 'choices' | 'failed' | 'waiting'
  message: APIMessage | null
  ephemeral: boolean
  followUps: APIMessage[]
  modal: ModalForm | null
  choices: APIApplicationCommandOptionChoice[] | null
  /** Why it failed, in the simulator's words. */
  error: string | null
  /** From the click to the first answer. */
  latencyMs: number | null
}

function statusOf(record: InteractionRecord): InteractionView['status'] {
  if (record.failure !== null) return 'failed'
  switch (record.responseType) {
    case null:
      return 'waiting'
    case 4:
      return 'message'
    case 5:
      return record.deferred ? 'thinking' : 'message'
    case 6:
    case 7:
      return 'updated'
    case 8:
      return 'choices'
    case 9:
      return 'modal'
    default:
      return record.responseType satisfies never
  }
}

export function viewInteraction(world: World, record: InteractionRecord): InteractionView {
  const messages = world.channels.get(record.channelId)?.messages
  const render = (id: string | null) => {
    const message = id === null ? undefined : messages?.get(id)
    return message ? renderMessage(world, message) : null
  }
  return {
    interactionId: record.id,
    status: statusOf(record),
    message: render(record.originalMessageId),
    ephemeral: record.ephemeral,
    followUps: record.followUpIds.flatMap((id) => render(id) ?? []),
    modal: record.modal,
    choices: record.choices,
    error: record.failure,
    latencyMs: record.answeredAt === null ? null : record.answeredAt - record.createdAt,
  }
}

/**
 * Resolves once the user sees something lasting: an answer, a modal, choices, a failure, and after
 * "thinking…" the edited answer. After `timeoutMs` it resolves with what there is.
 */
export async function awaitView(
  world: World,
  service: InteractionService,
  record: InteractionRecord,
  options: { until: 'first' | 'final'; timeoutMs: number },
): Promise<InteractionView> {
  const settled = () => {
    const status = statusOf(record)
    return status !== 'waiting' && (options.until === 'first' || status !== 'thinking')
  }
  if (!settled()) {
    await new Promise<void>((resolve) => {
      const finish = () => {
        timer.cancel()
        stop()
        resolve()
      }
      const timer = world.clock.after(options.timeoutMs, finish)
      const stop = service.onChange((changed) => {
        if (changed === record && settled()) finish()
      })
    })
  }
  return viewInteraction(world, record)
}
