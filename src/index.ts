/** The public interface of cross-account-kcl. */
export { type ConsumerArn, parseConsumerArn, parseStreamArn, type StreamArn } from './aws/arn.js';
export { type KeyArn, parseKeyArn } from './aws/key-arn.js';
export type { FixedBy } from './aws/known-errors/known-error.js';
export { parseQueueArn, type QueueArn } from './aws/queue-arn.js';
export { parseQueueUrl, type QueueUrl, QueueUrlError } from './aws/queue-url.js';
export { parseReaderArn, type ReaderArn } from './aws/reader-arn.js';
export type { BatchFailure, BatchHandler, BatchResult } from './delivery/batch-handler.js';
export type { FailureReason } from './delivery/failed-record.js';
export { type FailureMessage, FailureMessageError, parseFailureMessage } from './delivery/failure-message.js';
export type { Position } from './delivery/position.js';
export type { KinesisRecord, RecordContext, RecordHandler } from './delivery/record-handler.js';
export type {
  ProcessorCheckpointer,
  ProcessorRecord,
  RecordProcessor,
} from './delivery/record-processor.js';
export {
  AccessError,
  CautionError,
  ConfigurationError,
  CrossAccountKclError,
  DaemonError,
  EnvironmentError,
  HandlerError,
  PolicyError,
  ProtocolError,
} from './errors/errors.js';
export { ExitCode } from './errors/exit-codes.js';
export type { ElsewhereChange } from './policy/aws/key-part.js';
export {
  checkUnchanged,
  type Intent,
  type PolicyChange,
  restoreCommand,
  savePolicy,
  writeChange,
} from './policy/aws/policy-change.js';
export type { PolicyReader, PolicyStore } from './policy/aws/policy-store.js';
export { type PlanFailure, type PlanOptions, planShare, type SharePlan } from './policy/aws/share-plan.js';
export type { StreamEncryption } from './policy/aws/stream-encryption.js';
export { type ActiveWait, waitUntilActive } from './policy/aws/wait-until-active.js';
export {
  type Caution,
  type CautionCode,
  type CautionOptions,
  type CautionRank,
  cautionsOf,
} from './policy/cautions.js';
export { cdkFunctions } from './policy/cdk.js';
export { cloudFormationTemplate } from './policy/cloudformation.js';
export { stepsToOwnKey } from './policy/commands.js';
export type { FieldChange, StatementChange } from './policy/diff.js';
export {
  grantByOwner,
  grantRead,
  type OwnerGrants,
  type ReadGrants,
  type SharingPolicy,
} from './policy/grants.js';
export {
  changesOfMerge,
  changesOfRemoval,
  mergeStatement,
  type ReaderStatement,
  removeStatement,
} from './policy/merge.js';
export { awsCommands } from './policy/merge-commands.js';
export { parsePolicy } from './policy/parse.js';
export type { KclRequest, LambdaRequest, ReadRequest, ShareRequest } from './policy/read-request.js';
export type { ShareCondition, ShareConditionName } from './policy/share-conditions.js';
export { checkSize, type PolicyTarget, policySize, policyText, SIZE_LIMITS } from './policy/size.js';
export { terraformConfiguration } from './policy/terraform.js';
export type { Condition, PolicyDocument, Principal, Statement } from './policy/types.js';
export { CHECK_IDS, type CheckId, type Status } from './preflight/check.js';
export type { Application } from './preflight/checks/application-checks.js';
export type { FailureQueueTarget } from './preflight/checks/failure-queue.js';
export type { StreamRole } from './preflight/checks/stream-role.js';
export { type PreflightRequest, preflight } from './preflight/preflight.js';
export type { MissingStatement } from './preflight/remedy.js';
export type { CheckReport, PreflightReport, ReportOptions } from './preflight/report.js';
export type { RunOptions } from './preflight/runner.js';
