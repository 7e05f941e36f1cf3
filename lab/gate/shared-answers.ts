/**
 * Asks the emulator once for all who want to know the same at the same time. Whoever comes while a question is being
 * answered waits for the next one, which all who came meanwhile share: no answer is older than the request for it.
 */
export class SharedAnswers<T> {
  readonly #running = new Map<string, Promise<T>>();
  readonly #next = new Map<string, Promise<T>>();

  /** @throws what the question throws, for each that shares it */
  ask(key: string, question: () => Promise<T>): Promise<T> {
    const next = this.#next.get(key);
    if (next !== undefined) return next;
    const running = this.#running.get(key);
    if (running === undefined) return this.#run(key, question);
    const run = () => {
      this.#next.delete(key);
      return this.#run(key, question);
    };
    const waiting = running.then(run, run);
    this.#next.set(key, waiting);
    return waiting;
  }

  #run(key: string, question: () => Promise<T>): Promise<T> {
    const answer = question();
    this.#running.set(key, answer);
    const done = () => {
      if (this.#running.get(key) === answer) this.#running.delete(key);
    };
    answer.then(done, done);
    return answer;
  }
}
