import { EmbedType, MessageReferenceType, MessageType } from 'discord-api-types/v10'
import type { APIEmbed } from 'discord-api-types/v10'
import type { SimTimer } from '../clock.ts'
import { DiscordError, SimError } from '../discord-error.ts'
import type { ChannelState, MessageState, PollState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { announceMessageUpdate, createMessage } from './messages.ts'

export interface PollInput {
  question: string
  answers: { text: string; emoji?: { id?: string | null; name?: string | null } | null }[]
  /** Default 24. */
  durationHours?: number | undefined
  multiselect?: boolean | undefined
}

/** A new poll. Sources of all of this: https://docs.discord.com/developers/resources/poll */
export function buildPoll(world: World, input: PollInput): PollState {
  return {
    question: input.question,
    answers: input.answers.map(({ text, emoji }) => ({
      text,
      emoji: emoji ? { id: emoji.id ?? null, name: emoji.name ?? null } : null,
      voters: new Set(),
    })),
    expiresAtMs: world.now() + (input.durationHours ?? 24) * 3_600_000,
    multiselect: input.multiselect ?? false,
    finalized: false,
  }
}

function requirePoll(message: MessageState): PollState {
  if (!message.poll) throw new DiscordError(400, 520_006, 'Cannot expire a non-poll message')
  return message.poll
}

/** A person votes, or takes the vote back. Apps may not: "No rights! :)". One event an answer. */
export function votePoll(
  world: World,
  channel: ChannelState,
  message: MessageState,
  vote: { userId: string; answerId: number; remove: boolean },
): void {
  const poll = requirePoll(message)
  const answer = poll.answers[vote.answerId - 1]
  if (!answer) throw new SimError(`the poll has no answer ${vote.answerId}`)
  if (world.user(vote.userId).bot) throw new SimError('apps are not allowed to vote')
  if (poll.finalized) throw new SimError('the poll has ended')
  if (answer.voters.has(vote.userId) === !vote.remove) return
  const others = poll.answers.filter((other) => other !== answer && other.voters.has(vote.userId))
  if (!vote.remove && !poll.multiselect && others.length > 0)
    throw new SimError('this person has voted already; take that vote back first')
  const guild = channel.guildId === null ? null : world.guild(channel.guildId)
  if (vote.remove) answer.voters.delete(vote.userId)
  else answer.voters.add(vote.userId)
  world.bus.emit(
    vote.remove ? 'MESSAGE_POLL_VOTE_REMOVE' : 'MESSAGE_POLL_VOTE_ADD',
    guild,
    {
      user_id: vote.userId,
      channel_id: channel.id,
      message_id: message.id,
      ...(guild ? { guild_id: guild.id } : {}),
      answer_id: vote.answerId,
    },
    { channelId: channel.id },
  )
}

/** Ends a poll: MESSAGE_UPDATE with the final results, then the message that tells the winner. */
export function endPoll(world: World, channel: ChannelState, message: MessageState): void {
  const poll = requirePoll(message)
  if (poll.finalized) throw new DiscordError(400, 520_001, 'Poll expired')
  poll.expiresAtMs = Math.min(poll.expiresAtMs, world.now())
  poll.finalized = true
  announceMessageUpdate(world, channel, message)
  const place = channel.guildId === null ? {} : { guild_id: channel.guildId }
  createMessage(world, channel, message.authorId, {
    type: MessageType.PollResult,
    embeds: [resultEmbed(poll)],
    reference: {
      type: MessageReferenceType.Default,
      message_id: message.id,
      channel_id: channel.id,
      ...place,
    },
    mentions: [message.authorId],
  })
}

/** https://docs.discord.com/developers/resources/message#embed-fields-by-embed-type-poll-result-embed-fields */
function resultEmbed(poll: PollState): APIEmbed {
  const most = Math.max(...poll.answers.map((answer) => answer.voters.size))
  const winners = poll.answers.filter((answer) => answer.voters.size === most)
  const [winner] = most > 0 && winners.length === 1 ? winners : []
  const field = (name: string, value: string) => ({ name, value, inline: false })
  return {
    type: EmbedType.PollResult,
    fields: [
      field('poll_question_text', poll.question),
      field('victor_answer_votes', String(most)),
      field('total_votes', String(poll.answers.reduce((sum, answer) => sum + answer.voters.size, 0))),
      ...(winner
        ? [
            field('victor_answer_id', String(poll.answers.indexOf(winner) + 1)),
            field('victor_answer_text', winner.text),
            ...(winner.emoji?.name ? [field('victor_answer_emoji_name', winner.emoji.name)] : []),
            ...(winner.emoji?.id ? [field('victor_answer_emoji_id', winner.emoji.id)] : []),
          ]
        : []),
    ],
  }
}

const lookEveryMs = 1_000

/** Ends each poll when its time has come. */
export class PollKeeper {
  readonly #stopListening: () => void
  readonly #timer: SimTimer
  readonly #open = new Set<{ channel: ChannelState; message: MessageState }>()

  constructor(world: World) {
    this.#stopListening = world.bus.listen(({ name, payload }) => {
      if (name !== 'MESSAGE_CREATE' || !('poll' in payload)) return
      const channel = world.channels.get(payload.channel_id)
      const message = channel?.messages?.get(payload.id)
      if (channel && message?.poll) this.#open.add({ channel, message })
    })
    this.#timer = world.clock.every(lookEveryMs, () => {
      for (const entry of this.#open) {
        const { channel, message } = entry
        const isThere = channel.messages?.get(message.id) === message
        const isOpen = isThere && message.poll && !message.poll.finalized
        if (isOpen && (message.poll?.expiresAtMs ?? 0) > world.now()) continue
        this.#open.delete(entry)
        if (isOpen) endPoll(world, channel, message)
      }
    })
  }

  dispose(): void {
    this.#stopListening()
    this.#timer.cancel()
  }
}
