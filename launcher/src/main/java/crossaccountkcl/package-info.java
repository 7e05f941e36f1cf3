/**
 * What every package of the launcher names: the streams, the exit codes, a failure with its exit code, and the request to
 * stop. It imports none of the others.
 */
package crossaccountkcl;
