package crossaccountkcl;

/** How a record processor asks for the worker's graceful stop, with the exit code that the launcher then ends with. */
@FunctionalInterface
public interface StopSignal {
    /** Returns at once; the first request's code and reason count. */
    void request(int exitCode, String reason, Throwable cause);
}
