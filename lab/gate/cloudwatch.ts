import type { Fields } from '../iam/api-call.js';
import { AwsError } from './aws-error.js';

/**
 * PutMetricData, whose metrics are looked at by nobody. A call without any is refused in AWS's words.
 *
 * @throws AwsError
 */
export function answerCloudWatch(fields: Fields): object {
  // In a form they are MetricData.member.1.MetricName and so on.
  const some = Object.entries(fields).some(
    ([name, value]) =>
      /^(Entity)?MetricData(\.member\.|$)/.test(name) && !(Array.isArray(value) && value.length === 0),
  );
  if (some) return {};
  throw new AwsError('MissingRequiredParameterException', 'The parameter MetricData is required.');
}
