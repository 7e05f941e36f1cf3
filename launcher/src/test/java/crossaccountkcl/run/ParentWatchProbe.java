package crossaccountkcl.run;

import crossaccountkcl.FakeScheduler;

/**
 * A program for {@link ParentWatchTest}: reading stdin to its end halts the JVM. It has a child that is busy, and so
 * does not see the end of its own stdin, and a grandchild.
 */
final class ParentWatchProbe {
    private ParentWatchProbe() {}

    public static void main(String[] args) throws Exception {
        Process child = new ProcessBuilder("sh", "-c", "sleep 60 & echo $!; wait").start();
        System.out.println(child.pid() + " " + child.inputReader().readLine());
        WorkerRun run = new WorkerRun(FakeScheduler.LONG);
        FakeScheduler scheduler = new FakeScheduler();
        ParentWatch.start(run);
        System.out.println("code " + run.run(scheduler, () -> System.out.println("ready")));
        Thread.sleep(60_000); // as if something kept the launcher from its end
    }
}
