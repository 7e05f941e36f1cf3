/** Random numbers that are the same for the same seed, on every machine: mulberry32. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 to 2^32 − 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** 0 to `below` − 1 */
  below(below: number): number {
    return this.next() % below;
  }

  /** Once in so many times. */
  onceIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of a list that is not empty. */
  pick<const List extends readonly unknown[]>(items: List): List[number] {
    return items[this.below(items.length)] as List[number];
  }

  list<T>(maxLength: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.below(maxLength + 1) }, (_, index) => make(index));
  }

  bytes(maxLength: number): Buffer {
    return Buffer.from(this.list(maxLength, () => this.below(256)));
  }
}
