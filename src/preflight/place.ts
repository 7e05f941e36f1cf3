import type { Lack } from './lack.js';

/** What was denied. */
export type Denied = Pick<Lack, 'action' | 'resource'>;

/** Policies of a kind that can deny an action, and how they are looked at. */
export interface Place {
  /** What AWS's texts call them. */
  readonly policies: readonly string[];
  /** What may deny, and who can look. */
  readonly text: string;
  /** Run by whoever looks. */
  readonly commands: readonly string[];
}
