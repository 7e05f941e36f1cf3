package crossaccountkcl;

/** A program for {@link ParentWatchTest}: reading stdin to its end halts the JVM. */
final class ParentWatchProbe {
    private ParentWatchProbe() {}

    public static void main(String[] args) throws InterruptedException {
        WorkerRun run = new WorkerRun(FakeScheduler.LONG);
        FakeScheduler scheduler = new FakeScheduler();
        ParentWatch.start(run);
        System.out.println("code " + run.run(scheduler, () -> System.out.println("ready")));
        Thread.sleep(60_000); // as if something kept the launcher from its end
    }
}
