import type { LiveUpdates, SessionView } from '../src/control/live/live-views.ts'
import type { MessageView } from '../src/control/live/chat-view.ts'
import type { TimelineEntry } from '../src/control/live/timeline.ts'
import type { DiscordSim } from '../src/index.ts'

/** The live updates of one page, put together as the chat page does it. */
export class LivePage implements AsyncDisposable {
  /** The latest value of each whole piece. */
  readonly pieces: LiveUpdates['view'] & { sessions?: SessionView[] } = {}
  readonly messages = new Map<string, MessageView>()
  readonly timeline = new Map<number, TimelineEntry>()
  readonly #abort = new AbortController()

  static async open(
    sim: DiscordSim,
    place: { userId: string; guildId?: string; channelId?: string },
  ): Promise<LivePage> {
    const page = new LivePage()
    const query = new URLSearchParams(place)
    const response = await fetch(`${sim.urls.base}/_sim/live?${query.toString()}`, {
      signal: page.#abort.signal,
    })
    if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}: ${await response.text()}`)
    void page.#read(response.body)
    return page
  }

  get contents(): string[] {
    return [...this.messages.values()].map((message) => message.content)
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let buffered = ''
    try {
      for await (const text of body.pipeThrough(new TextDecoderStream())) {
        const blocks = (buffered + text).split('\n\n')
        buffered = blocks.pop() ?? ''
        for (const block of blocks) this.#take(block)
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error
    }
  }

  #take(block: string): void {
    const match = /^event: (\w+)\ndata: (.*)$/.exec(block)
    if (!match) return
    const [, name = '', json = ''] = match
    const update: unknown = JSON.parse(json)
    if (name === 'messages') this.#takeMessages(update as LiveUpdates['messages'])
    else if (name === 'timeline') {
      for (const entry of (update as LiveUpdates['timeline']).entries) this.timeline.set(entry.id, entry)
    } else if (name === 'view') Object.assign(this.pieces, update)
    else if (name === 'sessions') this.pieces.sessions = update as SessionView[]
  }

  #takeMessages(update: LiveUpdates['messages']): void {
    if (update.reset) this.messages.clear()
    for (const id of update.gone) this.messages.delete(id)
    for (const message of update.set) this.messages.set(message.id, message)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
  }
}
