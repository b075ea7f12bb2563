/** Hashes text to four 32-bit words (FNV-1a with different offsets), enough to seed the generator. */
function seedWords(text: string): [number, number, number, number] {
  const words = [0x811c9dc5, 0x01000193, 0x9e3779b9, 0x85ebca6b].map((offset) => {
    let hash = offset
    for (let index = 0; index < text.length; index++) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
    }
    return hash >>> 0
  })
  return [words[0] ?? 1, words[1] ?? 2, words[2] ?? 3, words[3] ?? 4]
}

/** Deterministic random numbers (sfc32): the same seed gives the same world and the same traffic. */
export class Random {
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(seed: string | number) {
    ;[this.#a, this.#b, this.#c, this.#d] = seedWords(String(seed))
    for (let round = 0; round < 12; round++) this.next()
  }

  /** A number in [0, 1). */
  next(): number {
    const sum = (this.#a + this.#b + this.#d) | 0
    this.#d = (this.#d + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return (sum >>> 0) / 4294967296
  }

  /** An integer in [0, below). */
  below(below: number): number {
    return Math.floor(this.next() * below)
  }

  /** An integer in [low, high]. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** One element. Throws RangeError on an empty list. */
  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)]
    if (item === undefined) throw new RangeError('cannot pick from an empty list')
    return item
  }

  /** `length` characters of `alphabet`. */
  text(length: number, alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'): string {
    let out = ''
    while (out.length < length) out += alphabet[this.below(alphabet.length)]
    return out
  }

  bytes(length: number): Buffer {
    const out = Buffer.alloc(length)
    for (let index = 0; index < length; index++) out[index] = this.below(256)
    return out
  }
}

/** Draws ranks 0..size-1 with probability proportional to 1 / (rank + 1)^exponent. */
export class ZipfSampler {
  readonly #cumulative: Float64Array

  constructor(size: number, exponent: number) {
    this.#cumulative = new Float64Array(size)
    let total = 0
    for (let rank = 0; rank < size; rank++) {
      total += 1 / (rank + 1) ** exponent
      this.#cumulative[rank] = total
    }
  }

  draw(random: Random): number {
    const target = random.next() * (this.#cumulative.at(-1) ?? 0)
    let low = 0
    let high = this.#cumulative.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#cumulative[middle] ?? 0) > target) high = middle
      else low = middle + 1
    }
    return low
  }
}
