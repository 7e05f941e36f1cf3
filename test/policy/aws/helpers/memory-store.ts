import type { PolicyStore } from '../../../../src/policy/aws/policy-store.js';
import type { PolicyTarget } from '../../../../src/policy/size.js';
import { STREAM } from '../../helpers/requests.js';

/** A policy in memory, with what was done to it. */
export class MemoryStore implements PolicyStore {
  readonly arn = STREAM.arn;
  readonly region = STREAM.region;
  readonly done: string[] = [];

  constructor(
    public text: string | undefined,
    readonly target: PolicyTarget = 'stream',
  ) {}

  async read() {
    this.done.push('read');
    return this.text;
  }

  async write(text: string) {
    this.done.push('write');
    this.text = text;
  }

  async delete() {
    this.done.push('delete');
    this.text = undefined;
  }
}
