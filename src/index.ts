/** The public interface of cross-account-kcl. */
export { type ConsumerArn, parseConsumerArn, parseStreamArn, type StreamArn } from './aws/arn.js';
export type { KinesisRecord, RecordContext, RecordHandler } from './consumer/record-handler.js';
export {
  AccessError,
  ConfigurationError,
  CrossAccountKclError,
  DaemonError,
  EnvironmentError,
  HandlerError,
  ProtocolError,
} from './errors/errors.js';
export { ExitCode } from './errors/exit-codes.js';
