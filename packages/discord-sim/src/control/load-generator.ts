import type { SimClock, SimTimer } from '../clock.ts'
import { Random, ZipfSampler } from '../random.ts'
import { addReaction } from '../resources/reactions.ts'
import { createMessage, deleteMessages, editMessage } from '../resources/messages.ts'
import { chatMessage, editedMessage, reactionEmoji } from '../seed/chatter.ts'
import type { ChannelState, GuildState } from '../state/entities.ts'
import type { World } from '../state/world.ts'

export interface LoadOptions {
  /** Events a second over all guilds. */
  rate: number
  /** Only these guilds; left out means every guild that the bot is in. */
  guildIds?: string[] | undefined
  /** Zipf exponent of how unevenly guilds talk: 0 is even, 1 is lifelike. */
  skew?: number | undefined
  seed?: string | number | undefined
  /** Shares of reactions, edits and deletions; the rest are messages. */
  mix?: { reactions?: number; edits?: number; deletes?: number } | undefined
  /** Stop after this many events. */
  total?: number | undefined
}

export interface LoadStatus {
  running: boolean
  rate: number
  produced: number
  messages: number
  reactions: number
  edits: number
  deletes: number
  /** How far production lags behind the rate. */
  behindMs: number
  /** The longest such lag since the start. */
  maxBehindMs: number
}

const tickMs = 10
/** Work of one tick is bounded so that the event loop stays free for sockets. */
const maxPerTick = 400
const rememberedMessages = 32

interface Speaker {
  guild: GuildState
  channels: ChannelState[]
  people: string[]
  recent: { channel: ChannelState; messageId: string }[]
}

/** Plausible traffic at a steady rate, the same for the same seed. */
export class LoadGenerator {
  readonly #world: World
  readonly #clock: SimClock
  #timer: SimTimer | null = null
  #options: LoadOptions = { rate: 0 }
  #random = new Random(0)
  #speakers: Speaker[] = []
  #sampler = new ZipfSampler(1, 1)
  #startedAt = 0
  #counts = { messages: 0, reactions: 0, edits: 0, deletes: 0 }
  #produced = 0
  #maxBehindMs = 0

  constructor(world: World) {
    this.#world = world
    this.#clock = world.clock
  }

  start(options: LoadOptions): LoadStatus {
    this.stop()
    this.#options = options
    this.#random = new Random(`load:${options.seed ?? 1}`)
    this.#speakers = this.#findSpeakers(options.guildIds)
    this.#sampler = new ZipfSampler(Math.max(1, this.#speakers.length), options.skew ?? 1)
    this.#startedAt = this.#clock.now()
    this.#counts = { messages: 0, reactions: 0, edits: 0, deletes: 0 }
    this.#produced = 0
    this.#maxBehindMs = 0
    if (options.rate > 0 && this.#speakers.length > 0)
      this.#timer = this.#clock.every(tickMs, () => this.#tick())
    return this.status()
  }

  stop(): LoadStatus {
    this.#timer?.cancel()
    this.#timer = null
    return this.status()
  }

  status(): LoadStatus {
    return {
      running: this.#timer !== null,
      rate: this.#options.rate,
      produced: this.#produced,
      ...this.#counts,
      behindMs: this.#behindMs(),
      maxBehindMs: this.#maxBehindMs,
    }
  }

  /** Produces `count` events at once, for tests that need no clock. */
  burst(count: number, options: Omit<LoadOptions, 'rate' | 'total'> = {}): LoadStatus {
    this.start({ ...options, rate: 0 })
    for (let index = 0; index < count && this.#speakers.length > 0; index++) this.#produceOne()
    return this.status()
  }

  #behindMs(): number {
    if (!this.#timer) return 0
    const due = this.#due()
    return Math.max(0, ((due - this.#produced) / this.#options.rate) * 1_000)
  }

  #due(): number {
    const due = Math.floor(((this.#clock.now() - this.#startedAt) / 1_000) * this.#options.rate)
    return Math.min(due, this.#options.total ?? Number.POSITIVE_INFINITY)
  }

  #tick(): void {
    this.#maxBehindMs = Math.max(this.#maxBehindMs, this.#behindMs())
    const todo = Math.min(maxPerTick, this.#due() - this.#produced)
    for (let index = 0; index < todo; index++) this.#produceOne()
    if (this.#produced >= (this.#options.total ?? Number.POSITIVE_INFINITY)) this.stop()
  }

  #findSpeakers(guildIds: string[] | undefined): Speaker[] {
    const guilds = guildIds
      ? guildIds.map((id) => this.#world.guild(id))
      : [...this.#world.guilds.values()].filter((guild) => this.#world.botIsIn(guild))
    return guilds.flatMap((guild) => {
      const channels = [...guild.channels.values()].filter(
        (channel) => channel.type === 0 && channel.overwrites.length === 0,
      )
      const people = [...guild.members.keys()].filter((id) => this.#world.users.get(id)?.bot !== true)
      return channels.length > 0 && people.length > 0 ? [{ guild, channels, people, recent: [] }] : []
    })
  }

  #produceOne(): void {
    this.#produced += 1
    const speaker = this.#speakers[this.#sampler.draw(this.#random)]
    if (!speaker) return
    const { reactions = 0.12, edits = 0.04, deletes = 0.02 } = this.#options.mix ?? {}
    const roll = this.#random.next()
    if (speaker.recent.length > 0 && roll < reactions) return this.#react(speaker)
    if (speaker.recent.length > 0 && roll < reactions + edits) return this.#edit(speaker)
    if (speaker.recent.length > 0 && roll < reactions + edits + deletes) return this.#delete(speaker)
    this.#speak(speaker)
  }

  #speak(speaker: Speaker): void {
    const channel = this.#random.pick(speaker.channels)
    const person = this.#random.pick(speaker.people)
    if (!speaker.guild.members.has(person) || !speaker.guild.channels.has(channel.id)) return
    const message = createMessage(this.#world, channel, person, { content: chatMessage(this.#random) })
    speaker.recent.push({ channel, messageId: message.id })
    if (speaker.recent.length > rememberedMessages) speaker.recent.shift()
    this.#counts.messages += 1
  }

  #react(speaker: Speaker): void {
    const { channel, messageId } = this.#random.pick(speaker.recent)
    const emoji = { id: null, name: this.#random.pick(reactionEmoji) }
    const person = this.#random.pick(speaker.people)
    const message = channel.messages?.get(messageId)
    if (!message) return
    addReaction(this.#world, channel, message, emoji, person)
    this.#counts.reactions += 1
  }

  #edit(speaker: Speaker): void {
    const { channel, messageId } = this.#random.pick(speaker.recent)
    const message = channel.messages?.get(messageId)
    if (!message) return
    editMessage(this.#world, channel, message, { content: editedMessage(this.#random, message.content) })
    this.#counts.edits += 1
  }

  #delete(speaker: Speaker): void {
    const index = this.#random.below(speaker.recent.length)
    const [target] = speaker.recent.splice(index, 1)
    if (!target?.channel.messages?.has(target.messageId)) return
    deleteMessages(this.#world, target.channel, [target.messageId])
    this.#counts.deletes += 1
  }
}
