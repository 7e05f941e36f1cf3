package crossaccountkcl;

/** A failure with a message for people and the exit code that it ends the launcher with. */
public final class LauncherException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    public LauncherException(int exitCode, String message) {
        this(exitCode, message, null);
    }

    public LauncherException(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }
}
