import { ExecutionEnvironment } from './execution-environment.js';
import type { InvocationResult } from './invocation-result.js';

export interface FunctionOptions {
  readonly arn: string;
  /** Its execution role. */
  readonly roleArn: string;
  /** The file that exports `handler`. */
  readonly bundle: string;
  /** Its environment variables, credentials of the role included. */
  readonly env: Record<string, string>;
  readonly timeoutMs?: number;
}

/** Lambda's default. */
const TIMEOUT_MS = 3_000;
/** Of a synchronous invocation (Lambda quotas: 6 MB). */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** Lambda does not take an invocation whose event is too large: no code of the function runs. */
export class RequestTooLargeException extends Error {
  override readonly name = 'RequestTooLargeException';

  constructor() {
    super(`Request must be smaller than ${MAX_PAYLOAD_BYTES} bytes for the InvokeFunction operation`);
  }
}

/** A function, with as many execution environments as it is invoked at once. */
export class LambdaFunction {
  readonly arn: string;
  readonly roleArn: string;
  /** What all its environments wrote, line by line. */
  readonly log: string[] = [];
  /** How many were started. */
  coldStarts = 0;
  /** Every invocation, in the order of their ends. */
  readonly results: InvocationResult[] = [];
  readonly #options: FunctionOptions;
  readonly #all = new Set<ExecutionEnvironment>();
  readonly #idle: ExecutionEnvironment[] = [];

  constructor(options: FunctionOptions) {
    this.#options = options;
    this.arn = options.arn;
    this.roleArn = options.roleArn;
  }

  /** @throws RequestTooLargeException */
  async invoke(event: unknown): Promise<InvocationResult> {
    if (Buffer.byteLength(JSON.stringify(event)) > MAX_PAYLOAD_BYTES) throw new RequestTooLargeException();
    const environment = this.#idle.pop() ?? this.#start();
    const result = await environment.invoke(event);
    this.results.push(result);
    if (environment.alive) this.#idle.push(environment);
    else await this.#end(environment);
    return result;
  }

  /** Ends every environment. */
  async delete(): Promise<void> {
    this.#idle.length = 0;
    await Promise.all([...this.#all].map((environment) => this.#end(environment)));
  }

  #start(): ExecutionEnvironment {
    this.coldStarts++;
    const { bundle, env, arn, timeoutMs = TIMEOUT_MS } = this.#options;
    const environment = new ExecutionEnvironment({
      bundle,
      env: {
        PATH: process.env.PATH,
        AWS_LAMBDA_FUNCTION_NAME: arn.split(':').at(-1),
        LAB_FUNCTION_ARN: arn,
        ...env,
      },
      timeoutMs,
      onLog: (line) => this.log.push(line),
    });
    this.#all.add(environment);
    return environment;
  }

  async #end(environment: ExecutionEnvironment): Promise<void> {
    await environment.end();
    this.#all.delete(environment);
  }
}
