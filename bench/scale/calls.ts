/** What the lab's gate was asked for, by action: `dynamodb:UpdateItem`. */
export class Calls {
  readonly #counts = new Map<string, number>();

  note(action: string): void {
    this.#counts.set(action, this.of(action) + 1);
  }

  of(action: string): number {
    return this.#counts.get(action) ?? 0;
  }

  /** @return how many of an action have come since now */
  since(): (action: string) => number {
    const before = new Map(this.#counts);
    return (action) => this.of(action) - (before.get(action) ?? 0);
  }
}
