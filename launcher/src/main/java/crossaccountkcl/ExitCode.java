package crossaccountkcl;

/** Exit codes of the launcher: those of {@code src/errors/exit-codes.ts}, which Node passes on. */
public final class ExitCode {
    public static final int OK = 0;
    public static final int CONFIGURATION = 2;
    public static final int ACCESS = 3;
    public static final int HANDLER = 4;
    public static final int DAEMON = 5;

    private ExitCode() {}
}
