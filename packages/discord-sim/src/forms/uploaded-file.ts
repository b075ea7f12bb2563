/** A file of a multipart form. */
export interface UploadedFile {
  /** The n of the form field `files[n]`. */
  index: number
  filename: string
  contentType: string
  bytes: Buffer
}
