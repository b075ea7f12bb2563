import type { MessageInput } from '../resources/messages.ts'
import { buildPoll } from '../resources/polls.ts'
import { findStickers } from '../resources/stickers.ts'
import type { World } from '../state/world.ts'
import type { MessageForm } from './message-form.ts'

/** A new message with all that its form asks for. */
export function newMessage(world: World, form: MessageForm): MessageInput {
  return {
    content: form.content ?? '',
    embeds: form.embeds ?? [],
    components: form.components ?? [],
    attachments: form.attachments ?? [],
    flags: form.flags,
    tts: form.tts,
    allowedMentions: form.allowedMentions,
    stickers: form.stickerIds?.length ? findStickers(world, form.stickerIds) : null,
    poll: form.poll ? buildPoll(world, form.poll) : null,
  }
}
