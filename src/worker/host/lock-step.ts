import { ProtocolError } from '../../errors/errors.js';

/** What a connection waits for: each message is answered before the next one may come. */
export class LockStep {
  #state: 'hello' | 'initialize' | 'active' | 'over' = 'hello';
  #busyWith: string | undefined;

  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** The message that is not answered yet; undefined once an answer does not matter any more. */
  get unanswered(): string | undefined {
    return this.isOver ? undefined : this.#busyWith;
  }

  /** @throws ProtocolError if the last message has come already */
  expectMore(): void {
    if (this.isOver) throw new ProtocolError('a frame came after the last message');
  }

  /** @throws ProtocolError if the message is out of turn */
  begin(action: string): void {
    this.expectMore();
    if (this.#busyWith !== undefined) {
      throw new ProtocolError(`'${action}' came while '${this.#busyWith}' was not yet answered`);
    }
    const expected = action === 'hello' || action === 'initialize' ? action : 'active';
    if (this.#state !== expected) throw new ProtocolError(`'${action}' came in state '${this.#state}'`);
    this.#busyWith = action;
  }

  /** Its work is done: the next one may come, if there is one. */
  done(): void {
    const action = this.#busyWith;
    this.#busyWith = undefined;
    if (action === 'hello') this.#state = 'initialize';
    else if (action === 'initialize') this.#state = 'active';
    else if (action === 'shardEnded' || action === 'leaseLost') this.#state = 'over';
  }

  end(): void {
    this.#state = 'over';
  }
}
