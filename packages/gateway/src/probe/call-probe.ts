import { ChannelType } from 'discord-api-types/v10'
import { z } from 'zod'
import { type Feature, on } from '@guildmesh/bot'

/** Messages of people that begin so are answered. */
const asking = 'probe: '

const Asked = z.object({ channelName: z.string() })

/**
 * Answers with a message what a person asks with `probe: …`, then makes a channel of the asking message's id: two calls
 * through the outbox whose doubling Discord shows, the second one caused by the first one's result. Only if
 * `EVENT_PROBE` is on.
 */
export const callProbe: Feature = {
  name: 'call-probe',
  events: [
    on('MESSAGE_CREATE', ({ id, channel_id, content, author }) =>
      author.bot || !content.startsWith(asking)
        ? {}
        : {
            calls: [
              {
                method: 'POST',
                route: `/channels/${channel_id}/messages`,
                body: { content: `heard: ${content.slice(asking.length)}` },
                repeat: 'nonce',
                onResult: { step: 'answered', context: { channelName: `heard-${id}` } },
              },
            ],
          },
    ),
  ],
  results: [
    {
      step: 'answered',
      handle(result, { context }, { guild }) {
        if (!result.ok) return {}
        return {
          calls: [
            {
              method: 'POST',
              route: `/guilds/${guild.guildId}/channels`,
              body: { name: Asked.parse(context).channelName, type: ChannelType.GuildText },
              reason: 'the probe was asked',
              repeat: 'lane',
            },
          ],
        }
      },
    },
  ],
}
