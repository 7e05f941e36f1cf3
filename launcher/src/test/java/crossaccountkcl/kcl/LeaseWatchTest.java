package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.CapturedLog;
import crossaccountkcl.Fakes;
import crossaccountkcl.kcl.LeavableProcessor.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.kinesis.leases.Lease;
import software.amazon.kinesis.leases.LeaseCoordinator;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.lifecycle.NoOpTaskExecutionListener;
import software.amazon.kinesis.lifecycle.ShardConsumer;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

@Timeout(120)
class LeaseWatchTest {
    private final Map<String, Lease> held = new ConcurrentHashMap<>();
    private final List<String> dropped = new CopyOnWriteArrayList<>();
    /** Held while a lease is renewed, as KCL's own lock is. */
    private final CountDownLatch renewalEnds = new CountDownLatch(1);
    private final Set<Thread> looking = ConcurrentHashMap.newKeySet();

    private final LeaseCoordinator leases = Fakes.as(LeaseCoordinator.class, new Object() {
        @SuppressWarnings("unused") // called through the proxy
        Lease getCurrentlyHeldLease(String key) throws InterruptedException {
            looking.add(Thread.currentThread());
            if (key.equals("being renewed")) renewalEnds.await();
            if (key.equals("broken")) throw new IllegalStateException("a defect");
            return held.get(key);
        }

        @SuppressWarnings("unused")
        void dropLease(Lease lease) {
            dropped.add(lease.leaseKey());
        }
    });
    private LeaseWatch watch = new LeaseWatch(leases);
    private final ExecutorService tasks = Executors.newCachedThreadPool();

    @AfterEach
    void close() {
        watch.close();
        renewalEnds.countDown();
        tasks.shutdown();
    }

    private static final class Busy implements LeavableProcessor, Fakes.IdleProcessor {
        final BlockingQueue<Reason> told = new LinkedBlockingQueue<>();
        volatile boolean delivering = true;

        @Override
        public boolean isInitialized() {
            return true;
        }

        @Override
        public boolean isDelivering() {
            return delivering;
        }

        @Override
        public void leave(Reason reason) {
            told.add(reason);
        }

        /** Whatever is told next, after what was told already. */
        Reason next() throws InterruptedException {
            return told.poll(10, TimeUnit.SECONDS);
        }
    }

    private static Lease lease(String key) {
        Lease lease = new Lease();
        lease.leaseKey(key);
        lease.concurrencyToken(UUID.randomUUID());
        return lease;
    }

    private ShardConsumer consumer(ShardInfo shard) {
        return new ShardConsumer(
                null, tasks, shard, Optional.empty(), null, null, 0, new NoOpTaskExecutionListener(), 0, null);
    }

    private static ShardInfo shard(Lease lease) {
        return new ShardInfo(
                lease.leaseKey(), lease.concurrencyToken().toString(), List.of(), ExtendedSequenceNumber.LATEST);
    }

    private record Shard(ShardConsumer consumer, Busy processor) {}

    /** One whose lease is held. */
    private Shard watched(String key) {
        Lease lease = lease(key);
        held.put(key, lease);
        Shard shard = new Shard(consumer(shard(lease)), new Busy());
        watch.add(shard(lease), shard.consumer, shard.processor);
        return shard;
    }

    /** Looked at, and found in order: shown by another shard, which is looked at after it and told. */
    private void assertNotTold(Shard shard) throws InterruptedException {
        for (int looks = 0; looks < 2; looks++) {
            Shard other = watched("other" + looks);
            other.consumer.leaseLost();
            assertEquals(Reason.LEASE_LOST, other.processor.next());
        }
        assertNull(shard.processor.told.poll());
    }

    @Test
    void tellsNothingWhileTheLeaseIsHeld() throws Exception {
        Shard shard = watched("shard-1");
        watch.start();
        assertNotTold(shard);
        assertEquals(List.of(), dropped);
    }

    @Test
    void tellsOfALeaseThatKclHasLost() throws Exception {
        Shard shard = watched("shard-1");
        watch.start();
        shard.consumer.leaseLost();
        assertEquals(Reason.LEASE_LOST, shard.processor.next());
    }

    /** Before KCL's scheduler sees it; and KCL must see it too, or it would go on with a processor that has left. */
    @Test
    void tellsOfALeaseThatHasExpiredAndDropsIt() throws Exception {
        Shard shard = watched("shard-1");
        watch.start();
        held.clear();
        assertEquals(Reason.LEASE_LOST, shard.processor.next());
        assertEquals("shard-1", dropped.get(0));
    }

    @Test
    void tellsTheFormerProcessorOfALeaseThatWasLostAndTakenAgain() throws Exception {
        Shard former = watched("shard-1");
        Shard next = watched("shard-1"); // with another concurrency token
        watch.start();
        assertEquals(Reason.LEASE_LOST, former.processor.next());
        assertNotTold(next);
        assertEquals(List.of(), dropped);
    }

    @Test
    void tellsOfAHandoverAndOfALossThatFollows() throws Exception {
        Shard shard = watched("shard-1");
        watch.start();
        shard.consumer.gracefulShutdown(null);
        assertEquals(Reason.HANDOVER, shard.processor.next());
        shard.consumer.leaseLost();
        Reason reason = shard.processor.next();
        while (reason == Reason.HANDOVER) reason = shard.processor.next(); // it is told with each look
        assertEquals(Reason.LEASE_LOST, reason);
    }

    @Test
    void looksNotAtAProcessorThatIsNotInTheMiddleOfABatch() throws Exception {
        Shard shard = watched("shard-1");
        shard.processor.delivering = false;
        shard.consumer.leaseLost();
        watch.start();
        assertNotTold(shard);
        shard.processor.delivering = true;
        assertEquals(Reason.LEASE_LOST, shard.processor.next());
    }

    @Test
    void aLeaseThatIsBeingRenewedAndADefectHoldUpNoOther() throws Exception {
        Shard renewed = watched("being renewed");
        Shard broken = watched("broken");
        Shard lost = watched("shard-1");
        try (CapturedLog log = new CapturedLog(LeaseWatch.class)) {
            watch.start();
            lost.consumer.leaseLost();
            assertEquals(Reason.LEASE_LOST, lost.processor.next());
            assertNotTold(broken);
            assertTrue(log.warnings().contains("The lease of broken can't be looked at"), log.warnings().toString());
        }
        held.remove("being renewed");
        renewalEnds.countDown();
        assertEquals(Reason.LEASE_LOST, renewed.processor.next());
    }

    /** Hundreds of slow handlers may be in the middle of a batch: each thread takes memory. */
    @Test
    void oneThreadLooksAtAllShardsUnlessALookTakesLong() throws Exception {
        long longerThanTheTest = 60_000;
        watch = new LeaseWatch(leases, longerThanTheTest);
        List<Shard> shards = new ArrayList<>();
        for (int i = 0; i < 50; i++) shards.add(watched("shard-" + i));
        watch.start();
        assertNotTold(shards.get(0));
        assertEquals(1, looking.size());
    }

    @Test
    void looksNoMoreAtAShardThatHasShutDown() throws Exception {
        Shard shard = watched("shard-1");
        ShardConsumer consumer = shard.consumer;
        consumer.leaseLost();
        while (!consumer.isShutdown()) consumer.executeLifecycle();
        watch.start();
        assertNotTold(shard);
    }
}
