import { MessageFlags, MessageType } from 'discord-api-types/v10'
import type { APIInteraction } from 'discord-api-types/v10'
import type { SimTimer } from '../clock.ts'
import { renderMessage } from '../resources/message-payload.ts'
import { buildPoll } from '../resources/polls.ts'
import { newMessage } from '../forms/message-input.ts'
import { createMessage, editMessage } from '../resources/messages.ts'
import type { InteractionMetadata, MessageState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import type { AttachmentStore } from '../forms/attachment-store.ts'
import { DiscordError, SimError, unknownResource } from '../discord-error.ts'
import { parseMessage, readMessageForm, requireContent } from '../forms/message-form.ts'
import type { MessageForm } from '../forms/message-form.ts'
import type { UploadedFile } from '../forms/uploaded-file.ts'
import type { PostAnswer } from './http-post.ts'
import type { InteractionEndpoint, PostedInteraction } from './interaction-endpoint.ts'
import { answerWithinMs, tokenLifetimeMs } from './interaction-record.ts'
import type { InteractionRecord } from './interaction-record.ts'
import { InteractionTally } from './interaction-tally.ts'
import { parseResponse } from './response-form.ts'
import type { InteractionResponse } from './response-form.ts'

/** The body and uploads of an answer. */
export interface AnswerBody {
  body: unknown
  files: UploadedFile[]
}

interface SentInteraction {
  payload: APIInteraction
  /** Null for the gateway. */
  posted: PostedInteraction | null
}

type Changed = (record: InteractionRecord) => void

const ephemeralFlag = MessageFlags.Ephemeral
const loadingFlag = MessageFlags.Loading
/** So many of the latest interactions can be replayed. */
const keptPayloads = 1_000
const replayTimeoutMs = 10_000
/** Follow-ups of an application that is there by the user's own installation alone. */
const userInstallFollowUps = 5

/** Sends interactions to the application and takes its answers, by Discord's rules. */
export class InteractionService {
  readonly #world: World
  readonly #endpoint: InteractionEndpoint
  readonly #attachments: AttachmentStore
  readonly #records = new Map<string, InteractionRecord>()
  readonly #byToken = new Map<string, InteractionRecord>()
  readonly #sent = new Map<string, SentInteraction>()
  readonly #timers = new Map<string, SimTimer>()
  readonly #listeners = new Set<Changed>()
  readonly #keptRecords: number
  /** Of the interactions whose records are forgotten. */
  #forgotten = new InteractionTally()

  constructor(
    world: World,
    endpoint: InteractionEndpoint,
    attachments: AttachmentStore,
    keptRecords: number,
  ) {
    this.#world = world
    this.#keptRecords = keptRecords
    this.#endpoint = endpoint
    this.#attachments = attachments
  }

  /** The interaction that was sent last. */
  get latest(): InteractionRecord | undefined {
    return [...this.#records.values()].at(-1)
  }

  /** Figures and faults of all interactions since the last `clear`. */
  tally(): InteractionTally {
    return this.#forgotten.plus(InteractionTally.of(this.#records.values()))
  }

  /** Calls back on every change of any interaction; returns the function that stops it. */
  onChange(listener: Changed): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  find(id: string): InteractionRecord | undefined {
    return this.#records.get(id)
  }

  clear(): void {
    this.#records.clear()
    this.#byToken.clear()
    this.#forgotten = new InteractionTally()
  }

  /** Starts an interaction: over HTTP where an endpoint is set, else over the gateway. */
  send(record: InteractionRecord, payload: APIInteraction): void {
    this.#records.set(record.id, record)
    this.#byToken.set(record.token, record)
    this.#forgetOldest()
    this.#timers.set(
      record.id,
      this.#world.clock.after(answerWithinMs, () => this.#expire(record)),
    )
    this.#changed(record)
    const body = JSON.stringify(payload)
    const posted = record.via === 'http' ? { body, headers: this.#endpoint.sign(body) } : null
    this.#keepSent(record, { payload, posted })
    if (posted) void this.#post(record, posted)
    else this.#dispatch(record, payload)
  }

  #keepSent(record: InteractionRecord, sent: SentInteraction): void {
    this.#sent.set(record.id, sent)
    for (const oldest of this.#sent.keys()) {
      if (this.#sent.size <= keptPayloads) return
      this.#sent.delete(oldest)
    }
  }

  #dispatch(record: InteractionRecord, payload: APIInteraction): void {
    const guild = record.guildId === null ? null : (this.#world.guilds.get(record.guildId) ?? null)
    this.#world.bus.emit('INTERACTION_CREATE', guild, payload)
  }

  /**
   * Sends an interaction once more, as a repeating network or somebody who listened would: byte for byte,
   * or signed anew. What the application answers changes nothing.
   */
  async replay(id: string, signature: 'original' | 'fresh'): Promise<PostAnswer | null> {
    const record = this.#records.get(id)
    const sent = this.#sent.get(id)
    if (!record || !sent) throw new SimError(`interaction ${id} is not known any more`)
    if (!sent.posted) {
      this.#dispatch(record, sent.payload)
      return null
    }
    const { body, headers } = sent.posted
    const posted = { body, headers: signature === 'original' ? headers : this.#endpoint.sign(body) }
    return this.#endpoint.deliver(posted, AbortSignal.timeout(replayTimeoutMs))
  }

  /** Takes an answer through the callback route or the response body. Throws what Discord answers. */
  answer(id: string, token: string, answer: AnswerBody, by: 'body' | 'callback') {
    const record = this.#records.get(id)
    if (!record || record.token !== token) throw unknownResource('interaction')
    if (record.answeredAt !== null) {
      record.extraAnswers += 1
      this.#changed(record)
      throw new DiscordError(400, 40060, 'Interaction has already been acknowledged.')
    }
    if (record.failure !== null || this.#world.clock.now() - record.createdAt > answerWithinMs) {
      record.lateAnswers += 1
      this.#changed(record)
      throw unknownResource('interaction')
    }
    let response: InteractionResponse
    try {
      response = parseResponse(record, answer.body)
      this.#apply(record, response, answer.files)
    } catch (error) {
      record.invalidAnswers.push(error instanceof Error ? error.message : String(error))
      this.#changed(record)
      throw error
    }
    record.answeredAt = this.#world.clock.now()
    record.responseType = response.type
    record.answeredBy = by
    this.#timers.get(id)?.cancel()
    this.#timers.delete(id)
    this.#changed(record)
    return this.#callbackResponse(record)
  }

  /** The message that `@original` or an id names, of those sent with this live token. */
  messageOf(token: string, messageId: string): MessageState {
    const record = this.#live(token)
    const id = messageId === '@original' ? record.originalMessageId : messageId
    const sent = id !== null && (id === record.originalMessageId || record.followUpIds.includes(id))
    const message = !sent ? undefined : this.#world.channels.get(record.channelId)?.messages?.get(id)
    if (!message) throw unknownResource('message')
    return message
  }

  edit(token: string, message: MessageState, form: MessageForm): void {
    const record = this.#live(token)
    const channel = this.#world.channel(record.channelId)
    if (message.id === record.originalMessageId && record.deferred) {
      message.flags &= ~loadingFlag
      record.deferred = false
      // "Polls can only be added when editing a deferred interaction response."
      if (form.poll) message.poll = buildPoll(this.#world, form.poll)
    }
    editMessage(this.#world, channel, message, form)
    this.#changed(record)
  }

  deleted(token: string, message: MessageState): void {
    const record = this.#live(token)
    if (record.originalMessageId === message.id) {
      record.originalMessageId = null
      record.deferred = false
    }
    record.followUpIds = record.followUpIds.filter((id) => id !== message.id)
    this.#changed(record)
  }

  followUp(token: string, answer: AnswerBody): MessageState {
    const record = this.#live(token)
    if (record.answeredAt === null) throw unknownResource('webhook')
    if (record.responseType === 5 && record.deferred) return this.#fillDeferred(record, answer)
    if (record.byUserInstall && record.followUpIds.length >= userInstallFollowUps) {
      throw new DiscordError(400, 40_094, 'This interaction has hit the maximum number of follow up messages')
    }
    const form = parseMessage(answer, record.channelId, this.#attachments, { place: 'interaction' })
    requireContent(form)
    const ephemeral = ((form.flags ?? 0) & ephemeralFlag) !== 0
    const message = this.#create(record, form, ephemeral)
    record.followUpIds.push(message.id)
    this.#changed(record)
    return message
  }

  /**
   * Directly after a deferral a follow-up edits the message that says "thinking…", whose visibility stays.
   * Source: https://docs.discord.com/developers/interactions/receiving-and-responding#create-followup-message
   */
  #fillDeferred(record: InteractionRecord, answer: AnswerBody): MessageState {
    const message = this.messageOf(record.token, '@original')
    const form = parseMessage(answer, record.channelId, this.#attachments, {
      place: 'interaction',
      present: message,
    })
    requireContent(form)
    this.edit(record.token, message, form)
    return message
  }

  #live(token: string): InteractionRecord {
    const record = this.#byToken.get(token)
    const missed = record?.failure !== null && record?.answeredAt === null
    if (!record || missed || this.#world.clock.now() - record.createdAt > tokenLifetimeMs) {
      throw new DiscordError(401, 50027, 'Invalid Webhook Token')
    }
    return record
  }

  #apply(record: InteractionRecord, response: InteractionResponse, files: UploadedFile[]): void {
    const channel = this.#world.channel(record.channelId)
    const source = record.messageId === null ? undefined : channel.messages?.get(record.messageId)
    switch (response.type) {
      case 4: {
        const form = readMessageForm(response.fields, files, channel.id, this.#attachments, {
          place: 'interaction',
        })
        requireContent(form)
        record.ephemeral = response.ephemeral
        record.originalMessageId = this.#create(record, form, response.ephemeral).id
        return
      }
      case 5: {
        record.ephemeral = response.ephemeral
        record.deferred = true
        const form = { allowedMentions: null, content: '', flags: loadingFlag }
        record.originalMessageId = this.#create(record, form, response.ephemeral).id
        return
      }
      case 6:
        record.originalMessageId = record.messageId
        return
      case 7:
        if (!source) throw unknownResource('message')
        editMessage(
          this.#world,
          channel,
          source,
          readMessageForm(response.fields, files, channel.id, this.#attachments, {
            present: source,
            place: 'interaction',
          }),
        )
        record.originalMessageId = source.id
        return
      case 8:
        record.choices = response.choices
        return
      case 9:
        record.modal = response.modal
    }
  }

  #create(record: InteractionRecord, form: MessageForm, ephemeral: boolean): MessageState {
    const { app } = this.#world
    const flags = (form.flags ?? 0) | (ephemeral ? ephemeralFlag : 0)
    const onMessage = record.messageId !== null && record.kind === 3
    return createMessage(this.#world, this.#world.channel(record.channelId), app.botId, {
      ...newMessage(this.#world, { ...form, stickerIds: undefined }),
      flags,
      type:
        record.kind === 2
          ? MessageType.ChatInputCommand
          : onMessage
            ? MessageType.Reply
            : MessageType.Default,
      reference:
        onMessage && record.messageId
          ? { type: 0, message_id: record.messageId, channel_id: record.channelId }
          : null,
      applicationId: app.id,
      webhook: undefined,
      interaction: this.#metadata(record),
      ephemeralFor: ephemeral ? record.userId : null,
    })
  }

  /** What a message tells of the interaction that it answers. */
  #metadata(record: InteractionRecord): InteractionMetadata | null {
    if (record.kind === 4) return null
    const opener = record.openerId === null ? undefined : this.#records.get(record.openerId)
    return {
      id: record.id,
      type: record.kind,
      userId: record.userId,
      commandName: record.kind === 2 ? record.name : null,
      interactedMessageId: record.kind === 3 ? record.messageId : null,
      guildId: record.guildId,
      originalResponseId: record.answeredAt === null ? null : record.originalMessageId,
      triggering: opener ? this.#metadata(opener) : null,
    }
  }

  async #post(record: InteractionRecord, posted: PostedInteraction): Promise<void> {
    const abort = new AbortController()
    const timer = this.#world.clock.after(answerWithinMs, () => abort.abort())
    try {
      const reply = await this.#endpoint.deliver(posted, abort.signal)
      this.#takeReply(record, reply.status, reply.body)
    } catch (error) {
      if (record.answeredAt === null && !abort.signal.aborted) {
        this.#fail(
          record,
          `the endpoint could not be reached: ${error instanceof Error ? error.message : String(error)}`,
        )
      }
    } finally {
      timer.cancel()
    }
  }

  /** 200 with a body answers; 202 with an empty one says that the callback route is or was used. */
  #takeReply(record: InteractionRecord, status: number, body: string): void {
    if (status === 202 && body.trim() === '') return
    if (status !== 200) {
      if (record.answeredAt === null) this.#fail(record, `the endpoint answered ${status}`)
      else this.#invalid(record, `after the callback the endpoint answered ${status} instead of 202`)
      return
    }
    try {
      const parsed: unknown = JSON.parse(body)
      this.answer(record.id, record.token, { body: parsed, files: [] }, 'body')
    } catch (error) {
      if (record.answeredAt === null) {
        this.#fail(
          record,
          `the answer was not valid: ${error instanceof Error ? error.message : String(error)}`,
        )
      }
    }
  }

  #invalid(record: InteractionRecord, reason: string): void {
    record.invalidAnswers.push(reason)
    this.#changed(record)
  }

  #expire(record: InteractionRecord): void {
    if (record.answeredAt === null) this.#fail(record, 'the application did not respond in time')
  }

  #fail(record: InteractionRecord, reason: string): void {
    if (record.failure !== null) return
    record.failure = reason
    this.#timers.get(record.id)?.cancel()
    this.#timers.delete(record.id)
    this.#changed(record)
  }

  #changed(record: InteractionRecord): void {
    for (const listener of this.#listeners) listener(record)
  }

  #callbackResponse(record: InteractionRecord) {
    const channel = this.#world.channels.get(record.channelId)
    const message =
      record.originalMessageId === null ? undefined : channel?.messages?.get(record.originalMessageId)
    return {
      interaction: {
        id: record.id,
        type: record.kind,
        ...(record.originalMessageId === null ? {} : { response_message_id: record.originalMessageId }),
        ...(message
          ? { response_message_ephemeral: record.ephemeral, response_message_loading: record.deferred }
          : {}),
        channel_id: record.channelId,
        ...(record.guildId === null ? {} : { guild_id: record.guildId }),
      },
      ...(message && record.responseType !== 6
        ? {
            resource: {
              type: record.responseType === 7 ? 7 : 4,
              message: renderMessage(this.#world, message),
            },
          }
        : {}),
    }
  }

  #forgetOldest(): void {
    if (this.#records.size <= this.#keptRecords) return
    for (const oldest of this.#records.values()) {
      this.#forgotten.add(oldest)
      this.#records.delete(oldest.id)
      this.#byToken.delete(oldest.token)
      return
    }
  }
}
