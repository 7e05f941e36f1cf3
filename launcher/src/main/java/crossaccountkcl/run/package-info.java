/**
 * The process: its main classes, its settings, its end. What puts the rest together, StreamArnConfigurator, belongs here but
 * stands in software.amazon.kinesis.multilang.config, because what it needs is package-private there. It imports all others.
 */
package crossaccountkcl.run;
