import type { AttachmentStore } from '../forms/attachment-store.ts'
import type { Resolved } from './command-options.ts'

/** A file as a person uploads it. */
export interface PersonFile {
  filename: string
  contentType: string
  base64: string
}

/** Keeps a file that comes with an interaction, names it in `resolved`, and returns its attachment's id. */
export function keepUpload(
  attachments: AttachmentStore,
  channelId: string,
  resolved: Resolved,
  file: PersonFile,
  index = 0,
): string {
  const attachment = attachments.keep(channelId, {
    index,
    filename: file.filename,
    contentType: file.contentType,
    bytes: Buffer.from(file.base64, 'base64'),
  })
  resolved.attachments[attachment.id] = { ...attachment, ephemeral: true }
  return attachment.id
}
