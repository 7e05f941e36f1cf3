import { cut } from '../errors/cut.js';
import type { Statement } from './types.js';

const MAX_SID_LENGTH = 100;

/** The Sid of a statement. An empty one, which AWS takes for some policies, is none. */
export function sidIn({ Sid }: Pick<Statement, 'Sid'>): string | undefined {
  return Sid === undefined || Sid.trim() === '' ? undefined : Sid;
}

/** By its Sid; by its place, from 1, where it has none, and by both if `repeated`, where its Sid alone does not tell it. */
export function statementName(statement: Pick<Statement, 'Sid'>, place: number, repeated = false): string {
  const sid = sidIn(statement);
  if (sid === undefined) return `statement ${place}`;
  const name = cut(sid, MAX_SID_LENGTH);
  return repeated ? `${name} (statement ${place})` : name;
}
