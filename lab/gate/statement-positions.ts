/** Where each statement of a policy begins, as Kinesis reports it: `line 1, column 38`. The text is valid JSON. */
export function statementPositions(text: string): string[] {
  const positions: string[] = [];
  let depth = 0;
  let name = '';
  let inStatement = false;
  let statementDepth = 1;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at);
        name = text.slice(at + 1, end);
        at = end;
        break;
      }
      case ':':
        if (depth === 1) {
          inStatement = name === 'Statement';
          statementDepth = 1;
        }
        break;
      case '[':
        if (inStatement && depth === 1) statementDepth = 2;
        depth++;
        break;
      case '{':
        if (inStatement && depth === statementDepth) positions.push(lineAndColumn(text, at));
        depth++;
        break;
      case '}':
      case ']':
        depth--;
        break;
    }
  }
  return positions;
}

function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end;
}

function lineAndColumn(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}
