/** Files as the control API takes them. */
export async function readFiles(
  files: readonly File[],
): Promise<{ filename: string; contentType: string; base64: string }[]> {
  return Promise.all(
    files.map(async (file) => ({
      filename: file.name,
      contentType: file.type || 'application/octet-stream',
      base64: await readBase64(file),
    })),
  )
}

function readBase64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => {
      const url = typeof reader.result === 'string' ? reader.result : ''
      resolve(url.slice(url.indexOf(',') + 1))
    })
    reader.addEventListener('error', () => reject(reader.error ?? new Error(`cannot read ${file.name}`)))
    reader.readAsDataURL(file)
  })
}
