/** What a directory in place of a file is likely to be. */
export const MADE_BY_DOCKER =
  'Docker makes a directory in place of a file that it is told to mount and that is not on the host: check the path there';
