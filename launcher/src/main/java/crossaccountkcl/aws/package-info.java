/**
 * How this JVM calls AWS: with which credentials, by which network, and what a failed call means. Some classes are
 * loaded by the AWS SDK and netty, through the files in src/main/resources. It imports the root alone.
 */
package crossaccountkcl.aws;
