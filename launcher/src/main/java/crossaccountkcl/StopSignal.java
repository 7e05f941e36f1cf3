package crossaccountkcl;

/** How a record processor asks for the worker's graceful stop, with the exit code that the launcher then ends with. */
@FunctionalInterface
public interface StopSignal {
    /** Returns at once; the first request's code and reason count, but for a failure while it stops. */
    void request(int exitCode, String reason, Throwable cause);

    /** Lets go of a lease whose shard can't be ended here; KCL would try it again until the grace is over. */
    default void dropLease(String leaseKey) {}

    /** Runs it when the stop begins, or at once if it has begun. */
    default void onStop(Runnable leave) {}
}
