/**
 * JSON with one spelling for each value: object keys sorted by UTF-16 code units, no spaces,
 * `undefined` fields left out, everything else as `JSON.stringify` writes it. Two parties that parse
 * the same payload get the same text.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) {
    let out = '['
    for (let index = 0; index < value.length; index++) {
      if (index > 0) out += ','
      out += value[index] === undefined ? 'null' : canonicalJson(value[index])
    }
    return `${out}]`
  }
  if (typeof value === 'object' && value !== null) {
    const record = value as Record<string, unknown>
    let out = ''
    for (const key of Object.keys(record).toSorted()) {
      const field = record[key]
      if (field === undefined) continue
      out += `${out === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(field)}`
    }
    return `{${out}}`
  }
  return JSON.stringify(value) ?? 'null'
}
