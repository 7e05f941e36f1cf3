/** The commands in the message of `preflight request`, as an owner pastes them: without the lines between the blocks. */
export function stepsOf(message: string): { allow: string; takeBack: string } {
  const between = (from: string, to: string) => {
    const section = message.slice(message.indexOf(from), message.indexOf(to)).split('\n').slice(1);
    return section.filter((line) => !/^\d+\. .*:$/.test(line)).join('\n');
  };
  return {
    allow: between('HOW TO ALLOW IT', 'In the console instead'),
    takeBack: between('HOW TO REVOKE IT', 'Or with cross-account-kcl:\n'),
  };
}
