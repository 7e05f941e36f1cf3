import type { KnownError } from './known-error.js';

const NEW_ONES = 'Get new credentials; if they are right, check the clock of this machine.';
const SIGNATURES = ['InvalidSignature', 'SignatureDoesNotMatch'];

/** Errors about who calls: nothing is said of what may be done. */
export const CREDENTIAL_ERRORS = {
  clock: {
    names: ['RequestExpired', 'RequestTimeTooSkewed'],
    ambiguous: { names: SIGNATURES, text: /Signature (expired|not yet current)/ },
    kind: 'credentials',
    fixedBy: 'reader',
    cause: 'The clock of this machine differs from that of AWS by minutes.',
    remedy: 'Set the clock of this machine, best by NTP. The credentials may be valid.',
  },
  'signed-for-another-region': {
    names: [],
    ambiguous: { names: SIGNATURES, text: /Credential should be scoped to/ },
    kind: 'refused',
    fixedBy: 'reader',
    cause: 'The endpoint is that of another region or service than the request was signed for.',
    remedy:
      'Check that the region and the endpoint (kinesisEndpoint, dynamoDBEndpoint, AWS_ENDPOINT_URL_…) belong together.',
  },
  'web-identity-expired': {
    names: [],
    ambiguous: { names: ['ExpiredToken'], text: /Token expired: current date/ },
    kind: 'credentials',
    fixedBy: 'reader',
    cause: 'The token in the file that AWS_WEB_IDENTITY_TOKEN_FILE names has expired.',
    remedy:
      'What writes that file, in Kubernetes the kubelet, must renew it: check that it is mounted and not a copy.',
  },
  'web-identity-refused': {
    names: ['InvalidIdentityToken', 'IDPRejectedClaim'],
    kind: 'credentials',
    fixedBy: 'reader',
    cause:
      "IAM does not accept the web identity token: its issuer or audience is not registered in the role's account, or its key is unknown.",
    remedy:
      "Check that an OIDC provider with the token's issuer (iss) and audience (aud) is in IAM of the role's account.",
  },
  'expired-credentials': {
    names: ['ExpiredToken'],
    kind: 'credentials',
    fixedBy: 'reader',
    cause: 'The session has ended.',
    remedy: NEW_ONES,
  },
  'unknown-credentials': {
    names: ['UnrecognizedClient', 'InvalidClientTokenId', 'InvalidAccessKeyId'],
    kind: 'credentials',
    fixedBy: 'reader',
    cause:
      'AWS does not know the access key: it was deleted or mistyped, its session token is missing, it is of another partition, or the region is not enabled in its account.',
    remedy: NEW_ONES,
  },
  signature: {
    names: [...SIGNATURES, 'IncompleteSignature', 'MissingAuthenticationToken'],
    kind: 'credentials',
    fixedBy: 'reader',
    cause: 'The secret access key is not that of the access key, or a proxy changes the request.',
    remedy: NEW_ONES,
  },
  'region-disabled': {
    names: ['RegionDisabled'],
    kind: 'refused',
    fixedBy: 'reader',
    cause: 'The region is not enabled in the account, or the endpoint of STS in it is not active.',
    remedy:
      'An administrator of the account enables the region (Account settings), or the endpoint of STS (IAM, Account settings).',
  },
  'not-signed-up': {
    names: ['OptInRequired', 'SubscriptionRequired'],
    kind: 'refused',
    fixedBy: 'reader',
    cause:
      'The account is not signed up for the service: it is new, suspended, or its payment method is missing.',
    remedy:
      'An administrator of the account completes its registration in the console; it takes up to a day.',
  },
} as const satisfies Record<string, KnownError>;
