/**
 * The log: lines of JSON on stdout, which Node takes into its own, with what repeats said once. logback loads these classes,
 * as cross-account-kcl-logback.xml says. It imports none of the others.
 */
package crossaccountkcl.log;
