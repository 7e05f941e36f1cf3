/**
 * What Lambda's runtime for Node does in an execution environment: loads the function once, then calls its handler with
 * one event after the other. Its parent stands for the service.
 */
import { pathToFileURL } from 'node:url';

export interface InvocationRequest {
  readonly requestId: string;
  readonly event: unknown;
  /** In ms since 1970. */
  readonly deadline: number;
}

export type RuntimeMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'answer'; readonly response: string }
  | { readonly type: 'error'; readonly errorType: string; readonly errorMessage: string };

const [, , bundle = '', name = 'handler'] = process.argv;
const tell = (message: RuntimeMessage) => process.send?.(message);

const { [name]: handler } = await import(pathToFileURL(bundle).href);

process.on('message', async ({ requestId, event, deadline }: InvocationRequest) => {
  const context = {
    awsRequestId: requestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    invokedFunctionArn: process.env.LAB_FUNCTION_ARN,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  try {
    const response = await handler(event, context);
    tell({ type: 'answer', response: JSON.stringify(response ?? null) });
  } catch (error) {
    const { name: errorType = 'Error', message: errorMessage = String(error) } = error as Error;
    tell({ type: 'error', errorType, errorMessage });
  }
});
process.once('disconnect', () => process.exit());
tell({ type: 'ready' });
