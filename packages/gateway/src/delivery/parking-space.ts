import type { ParkedEvents } from '@guildmesh/guild-store'

/** How much may lie parked, over all shards of the gateway. Beyond it reading from Discord pauses instead. */
export class ParkingSpace {
  readonly #disk: Pick<ParkedEvents, 'size'>
  readonly #limit: number
  #used: number

  /** @param limit UTF-16 units of payloads */
  constructor(disk: Pick<ParkedEvents, 'size'>, limit: number) {
    this.#disk = disk
    this.#limit = limit
    this.#used = disk.size
  }

  get used(): number {
    return this.#used
  }

  get isFull(): boolean {
    return this.#used >= this.#limit
  }

  add(size: number): void {
    this.#used += size
  }

  /** After changes of which the amount is not known. */
  measure(): void {
    this.#used = this.#disk.size
  }
}
