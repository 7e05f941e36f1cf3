/**
 * The host transport: every shard has a connection to the one Node process, and docs/protocol.md has its frames. Its
 * sibling, the multilang transport, stands in software.amazon.kinesis.multilang. It imports kcl and the root.
 */
package crossaccountkcl.host;
