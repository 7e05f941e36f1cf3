import { randomUUID } from 'node:crypto';
import type { Shard } from '@aws-sdk/client-kinesis';
import type { Fields } from '../iam/api-call.js';
import { AwsError } from './aws-error.js';

/** Shards of one answer unless MaxResults says otherwise, and the most that it may say (ListShards, API reference). */
const PAGE = 1_000;
const MAX_PAGE = 10_000;
const TOKEN_LIFETIME_MS = 300_000;
/** What a token stands for, so that it may not be given again. */
const WITH_TOKEN = [
  'StreamARN',
  'StreamName',
  'StreamCreationTimestamp',
  'ExclusiveStartShardId',
  'ShardFilter',
];

export interface Page {
  Shards: readonly Shard[];
  NextToken?: string;
}

interface Listing {
  /** As it was when the listing began. */
  readonly rest: readonly Shard[];
  readonly expiresAt: number;
}

/** The answers of ListShards in pages, as Kinesis gives them. */
export class ShardPages {
  readonly #listings = new Map<string, Listing>();

  /** @param now in ms since 1970 */
  constructor(readonly now: () => number = Date.now) {}

  /** @param shards what the call's filter leaves, in their order */
  first(shards: readonly Shard[], fields: Fields): Page {
    return this.#page(shards, fields);
  }

  /** @throws AwsError for a token that is unknown or older than 300 s, or given together with what it stands for */
  next(token: string, fields: Fields): Page {
    const beside = WITH_TOKEN.find((name) => fields[name] !== undefined);
    if (beside !== undefined) {
      throw new AwsError('InvalidArgumentException', `NextToken and ${beside} cannot be provided together.`);
    }
    const listing = this.#listings.get(token);
    if (listing === undefined) throw new AwsError('InvalidArgumentException', 'NextToken is invalid.');
    if (this.now() > listing.expiresAt) {
      throw new AwsError('ExpiredNextTokenException', 'NextToken has expired.');
    }
    return this.#page(listing.rest, fields);
  }

  #page(shards: readonly Shard[], { MaxResults = PAGE }: Fields): Page {
    const size = Math.min(MAX_PAGE, Number(MaxResults));
    const rest = shards.slice(size);
    const Shards = shards.slice(0, size);
    return rest.length === 0 ? { Shards } : { Shards, NextToken: this.#tokenOf(rest) };
  }

  #tokenOf(rest: readonly Shard[]): string {
    const token = randomUUID();
    this.#listings.set(token, { rest, expiresAt: this.now() + TOKEN_LIFETIME_MS });
    return token;
  }
}
