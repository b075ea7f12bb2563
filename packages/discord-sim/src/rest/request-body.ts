import { DiscordError } from '../discord-error.ts'
import type { UploadedFile } from '../forms/uploaded-file.ts'

/** Reads a request's body in the three forms that Discord takes. Throws Discord's own errors. */
export async function readBody(
  raw: Buffer | null,
  contentType: string,
): Promise<{ body: unknown; files: UploadedFile[] }> {
  if (!raw || raw.length === 0) return { body: null, files: [] }
  if (contentType.startsWith('multipart/form-data')) return readMultipart(raw, contentType)
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    return { body: Object.fromEntries(new URLSearchParams(raw.toString('utf8'))), files: [] }
  }
  return { body: parseJson(raw.toString('utf8')), files: [] }
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    throw new DiscordError(400, 50109, 'The request body contains invalid JSON.')
  }
}

async function readMultipart(
  raw: Buffer,
  contentType: string,
): Promise<{ body: unknown; files: UploadedFile[] }> {
  let form: FormData
  try {
    form = await new Response(new Uint8Array(raw), { headers: { 'content-type': contentType } }).formData()
  } catch {
    throw new DiscordError(400, 50035, 'Invalid Form Body')
  }
  const files: UploadedFile[] = []
  const fields: Record<string, string> = {}
  for (const [name, value] of form.entries()) {
    if (typeof value === 'string') fields[name] = value
    else {
      const index = Number(/^files?\[?(\d+)?\]?$/.exec(name)?.[1] ?? files.length)
      files.push({
        index,
        filename: value.name,
        contentType: value.type || 'application/octet-stream',
        bytes: Buffer.from(await value.arrayBuffer()),
      })
    }
  }
  const json = fields.payload_json
  return { body: json === undefined ? fields : parseJson(json), files }
}
