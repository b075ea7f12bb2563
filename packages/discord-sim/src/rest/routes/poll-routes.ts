import { PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import { DiscordError, unknownResource } from '../../discord-error.ts'
import { parseForm, queryInteger, snowflake } from '../../forms/form.ts'
import { renderMessage } from '../../resources/message-payload.ts'
import { requireMessage } from '../../resources/messages.ts'
import { requireInChannel } from '../../resources/permissions.ts'
import { endPoll } from '../../resources/polls.ts'
import { compareSnowflakes } from '../../snowflake.ts'
import type { RestContext } from '../rest-context.ts'
import { ok, param } from '../route.ts'
import type { RestRequest, Route } from '../route.ts'

const votersSchema = z.object({ after: snowflake.optional(), limit: queryInteger(1, 100, 25) })

/** Voters of an answer, and ending a poll of one's own. Source: https://docs.discord.com/developers/resources/poll */
export function pollRoutes(context: RestContext): Route[] {
  const { world } = context

  function messageFor(request: RestRequest) {
    const channel = world.channel(param(request, 'channel_id'))
    requireInChannel(world, channel, world.app.botId, PermissionFlagsBits.ReadMessageHistory)
    return { channel, message: requireMessage(channel, param(request, 'message_id')) }
  }

  return [
    {
      method: 'GET',
      path: '/channels/:channel_id/polls/:message_id/answers/:answer_number',
      operation: 'get_answer_voters',
      auth: 'bot',
      handle: (request) => {
        const { message } = messageFor(request)
        const { after, limit } = parseForm(votersSchema, request.query)
        const answer = message.poll?.answers[Number(param(request, 'answer_number')) - 1]
        if (!answer) throw unknownResource('message')
        const voters = [...answer.voters]
          .toSorted(compareSnowflakes)
          .filter((id) => after === undefined || compareSnowflakes(id, after) > 0)
        return ok({ users: voters.slice(0, limit).map((id) => world.user(id)) })
      },
    },
    {
      method: 'POST',
      path: '/channels/:channel_id/polls/:message_id/expire',
      operation: 'poll_expire',
      auth: 'bot',
      handle: (request) => {
        const { channel, message } = messageFor(request)
        if (message.authorId !== world.app.botId)
          throw new DiscordError(403, 50005, 'Cannot edit a message authored by another user')
        endPoll(world, channel, message)
        return ok(renderMessage(world, message))
      },
    },
  ]
}
