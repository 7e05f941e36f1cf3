/** Every partition of today with one of its regions, and what the names of its endpoints end in. */
export const PARTITIONS = [
  ['aws', 'eu-west-1', 'amazonaws.com'],
  ['aws', 'af-south-1', 'amazonaws.com'],
  ['aws-cn', 'cn-northwest-1', 'amazonaws.com.cn'],
  ['aws-us-gov', 'us-gov-east-1', 'amazonaws.com'],
  ['aws-eusc', 'eusc-de-east-1', 'amazonaws.eu'],
  ['aws-iso', 'us-iso-east-1', 'c2s.ic.gov'],
  ['aws-iso-b', 'us-isob-east-1', 'sc2s.sgov.gov'],
  ['aws-iso-e', 'eu-isoe-west-1', 'cloud.adc-e.uk'],
  ['aws-iso-f', 'us-isof-south-1', 'csp.hci.ic.gov'],
  // Regions that the SDK does not list yet.
  ['aws', 'eu-west-9', 'amazonaws.com'],
  ['aws-eusc', 'eusc-de-north-9', 'amazonaws.eu'],
] as const;
