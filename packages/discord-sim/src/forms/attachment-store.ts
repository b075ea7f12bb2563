import type { APIAttachment } from 'discord-api-types/v10'
import type { World } from '../state/world.ts'
import type { UploadedFile } from './uploaded-file.ts'

const keptBytes = 64_000_000
/** AttachmentFlags.IS_SPOILER; older clients know the file by its name. */
const isSpoiler = 1 << 3

/** Uploaded files, served again like Discord's CDN. The oldest go once the store is full. */
export class AttachmentStore {
  readonly #world: World
  readonly #files = new Map<string, UploadedFile>()
  #bytes = 0
  /** Set once the server has its port. */
  baseUrl = ''

  constructor(world: World) {
    this.#world = world
  }

  nextId(): string {
    return this.#world.ids.next()
  }

  find(attachmentId: string): UploadedFile | undefined {
    return this.#files.get(attachmentId)
  }

  keep(channelId: string, file: UploadedFile, name = file.filename): APIAttachment {
    const id = this.#world.ids.next()
    this.#files.set(id, file)
    this.#bytes += file.bytes.length
    for (const [oldest, other] of this.#files) {
      if (this.#bytes <= keptBytes) break
      this.#files.delete(oldest)
      this.#bytes -= other.bytes.length
    }
    const url = `${this.baseUrl}/attachments/${channelId}/${id}/${encodeURIComponent(name)}`
    return {
      id,
      filename: name,
      size: file.bytes.length,
      url,
      proxy_url: url,
      content_type: file.contentType,
    }
  }

  /**
   * The attachment with what a request says of it; a name that begins with `SPOILER_` marks a spoiler too.
   * Source: https://docs.discord.com/developers/resources/message#attachment-object-attachment-request-structure
   */
  describe(
    attachment: APIAttachment,
    wanted: {
      title?: string | null | undefined
      description?: string | null | undefined
      is_spoiler?: boolean | null | undefined
      duration_secs?: number | null | undefined
      waveform?: string | null | undefined
    },
  ): APIAttachment {
    const { description: before, flags = 0, ...rest } = attachment
    const description = wanted.description === undefined ? before : wanted.description
    const spoiler =
      wanted.is_spoiler ?? ((flags & isSpoiler) !== 0 || attachment.filename.startsWith('SPOILER_'))
    const nextFlags = spoiler ? flags | isSpoiler : flags & ~isSpoiler
    return {
      ...rest,
      ...(description ? { description } : {}),
      ...(wanted.title ? { title: wanted.title } : {}),
      ...(wanted.duration_secs === null || wanted.duration_secs === undefined
        ? {}
        : { duration_secs: wanted.duration_secs }),
      ...(wanted.waveform ? { waveform: wanted.waveform } : {}),
      ...(nextFlags === 0 ? {} : { flags: nextFlags }),
    }
  }
}
