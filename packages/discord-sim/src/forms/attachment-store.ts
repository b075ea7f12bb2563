import type { APIAttachment } from 'discord-api-types/v10'
import type { World } from '../state/world.ts'
import type { UploadedFile } from './uploaded-file.ts'

const keptBytes = 64_000_000

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

  keep(
    channelId: string,
    file: UploadedFile,
    described?: { filename?: string; description?: string },
  ): APIAttachment {
    const id = this.#world.ids.next()
    const filename = described?.filename ?? file.filename
    this.#files.set(id, file)
    this.#bytes += file.bytes.length
    for (const [oldest, other] of this.#files) {
      if (this.#bytes <= keptBytes) break
      this.#files.delete(oldest)
      this.#bytes -= other.bytes.length
    }
    const url = `${this.baseUrl}/attachments/${channelId}/${id}/${encodeURIComponent(filename)}`
    return {
      id,
      filename,
      size: file.bytes.length,
      url,
      proxy_url: url,
      content_type: file.contentType,
      ...(described?.description === undefined ? {} : { description: described.description }),
    }
  }
}
