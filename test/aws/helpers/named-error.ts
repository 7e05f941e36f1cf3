/** An error as the AWS SDK throws it: known by its name, and with a status if AWS answered. */
export function namedError(name: string, message: string, httpStatusCode?: number): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}
