import type { Context } from './types.js';

/** A call of an AWS JSON (or CBOR) protocol, with its body decoded. */
export interface ApiCall {
  /** As in the header X-Amz-Target; rpcV2Target() makes one for the protocol that has none. */
  readonly target: string;
  readonly body: unknown;
  /** The 12 digits of the account that calls: a name without an ARN is one of its own. */
  readonly account: string;
  readonly region: string;
  readonly partition?: string;
}

/** What only the service knows that gave it out. Undefined for what it never gave out. */
export interface Lookups {
  /** The ARN of the stream that a shard iterator, or a NextToken, was made for. */
  streamOf?(token: string): string | undefined;
  /** The key's ARN of an alias's ARN. */
  keyOfAlias?(aliasArn: string): string | undefined;
  /** The ARN of the key that a ciphertext, in base64, was made with. */
  keyOfCiphertext?(ciphertext: string): string | undefined;
}

/** A call whose action or resource is unknown, so that it must not be forwarded. */
export class UnknownCallError extends Error {
  override readonly name = 'UnknownCallError';
  readonly code = 'XAK_LAB_CALL';

  constructor(
    message: string,
    readonly unknown: 'operation' | 'resource' = 'resource',
  ) {
    super(message);
  }
}

export type Fields = Readonly<Record<string, unknown>>;

/** A call's fields, and the ARNs that follow from them. */
export class Call {
  readonly #call: ApiCall;
  readonly #body: Fields;
  readonly #lookups: Lookups;

  /** @throws UnknownCallError */
  constructor(call: ApiCall, lookups: Lookups) {
    this.#call = call;
    this.#body = isFields(call.body) ? call.body : this.refuse('has a body that is not an object');
    this.#lookups = lookups;
  }

  get account(): string {
    return this.#call.account;
  }

  /** An empty text is none, as AWS's own checks of lengths have it. */
  optional(name: string): string | undefined {
    const value = this.#body[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  required(...names: string[]): string {
    const found = names.map((name) => this.optional(name)).find((value) => value !== undefined);
    return found ?? this.refuse(`has no ${names.join(', no ')}`);
  }

  list(name: string): readonly unknown[] {
    const value = this.#body[name];
    return Array.isArray(value) ? value : [];
  }

  fields(name: string): Fields {
    const value = this.#body[name];
    return isFields(value) ? value : {};
  }

  arn(service: string, resource: string): string {
    const { partition = 'aws', region, account } = this.#call;
    return `arn:${partition}:${service}:${region}:${account}:${resource}`;
  }

  /** By StreamARN, or by StreamName in the caller's own account; KCL sends both, and they must agree. */
  stream(): string {
    const given = this.optional('StreamARN');
    const name = this.optional('StreamName');
    if (given === undefined) {
      return this.arn('kinesis', `stream/${name ?? this.required('StreamARN', 'StreamName')}`);
    }
    if (name !== undefined && !given.endsWith(`:stream/${name}`)) {
      this.refuse(`names two streams, ${given} and ${name}`);
    }
    return given;
  }

  /**
   * A token belongs to the stream that it was made for, whatever else the call names: else an iterator of a stream that
   * may not be read would be read with the ARN of another.
   */
  streamOfToken(name: string): string {
    const token = this.required(name);
    const known = this.#lookups.streamOf?.(token);
    const given = this.optional('StreamARN');
    if (known === undefined) return given ?? this.refuse(`has a ${name} that was not given out here`);
    if (given !== undefined && given !== known) this.refuse(`has a ${name} of ${known}, but names ${given}`);
    return known;
  }

  /**
   * By ConsumerARN, or by stream and name: then AWS asks for an ARN without the time of creation that the consumer's own
   * ends in (awslabs/amazon-kinesis-client-python issue 96, aws/aws-cdk issue 22184).
   */
  consumer(): string {
    const given = this.optional('ConsumerARN');
    if (given !== undefined) return given;
    const stream = this.stream();
    return `${stream}/consumer/${this.required('ConsumerName')}`;
  }

  /** TableName may be an ARN too. */
  table(name = this.required('TableName')): string {
    return name.startsWith('arn:') ? name : this.arn('dynamodb', `table/${name}`);
  }

  tableOrIndex(): string {
    const index = this.optional('IndexName');
    return index === undefined ? this.table() : `${this.table()}/index/${index}`;
  }

  /** By the path of its URL: the host is where it was sent, and may be any. */
  queue(): string {
    const url = this.required('QueueUrl');
    const [, account, name] = /^https?:\/\/[^/]+\/(\d{12})\/([^/]+)$/.exec(url) ?? [];
    if (account === undefined) return this.refuse(`names '${url}', which is no URL of a queue`);
    const { partition = 'aws', region } = this.#call;
    return `arn:${partition}:sqs:${region}:${account}:${name}`;
  }

  /** By key id or key ARN, by alias or alias ARN, or by what was encrypted with it. */
  key(): { arn: string; context: Context } {
    const id = this.optional('KeyId');
    if (id === undefined) {
      const ciphertext = this.required('CiphertextBlob', 'KeyId');
      const arn = this.#lookups.keyOfCiphertext?.(ciphertext);
      return { arn: arn ?? this.refuse('has a CiphertextBlob of no known key'), context: {} };
    }
    const arn = id.startsWith('arn:') ? id : this.arn('kms', id.startsWith('alias/') ? id : `key/${id}`);
    const [, alias] = /:(alias\/.*)$/.exec(arn) ?? [];
    if (alias === undefined) return { arn, context: {} };
    const key = this.#lookups.keyOfAlias?.(arn) ?? this.refuse(`names the unknown alias ${arn}`);
    return { arn: key, context: { 'kms:RequestAlias': alias } };
  }

  refuse(what: string): never {
    throw new UnknownCallError(`${this.#call.target} ${what}`);
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
