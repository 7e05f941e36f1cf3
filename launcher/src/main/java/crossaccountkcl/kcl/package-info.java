/**
 * What mends KCL (3.5.1): leases, reads, ends of shards and KPL aggregates. Each class says what stock KCL does instead.
 * More of them stand in KCL's own packages, software.amazon.kinesis, because what they need is package-private there. It
 * imports aws and the root.
 */
package crossaccountkcl.kcl;
