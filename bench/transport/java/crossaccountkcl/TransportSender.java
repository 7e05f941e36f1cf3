package crossaccountkcl;

import crossaccountkcl.host.HostRecordProcessorFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.commons.beanutils.BeanUtilsBean;
import org.apache.commons.beanutils.ConvertUtilsBean;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.multilang.MultiLangRecordProcessorFactory;
import software.amazon.kinesis.multilang.config.MultiLangDaemonConfiguration;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/**
 * Calls record processors as KCL does, a thread for each shard, with prepared records and without Kinesis, DynamoDB or
 * KCL's scheduler: the launcher's own processors ({@code host SOCKET SHARDS}) or those of the stock MultiLangDaemon
 * ({@code stock COMMAND SHARDS}).
 *
 * <p>Commands come on stdin, one a line, and are answered on stdout:
 *
 * <ul>
 *   <li>{@code initialize}: {@code initialized MILLIS}, once every shard is
 *   <li>{@code send RECORDS BYTES MILLIS}: batches of that many records of that many bytes for that time;
 *       {@code sent BYTES MILLIS}, of data
 *   <li>{@code end}, or the end of stdin: it ends, with its children
 * </ul>
 */
public final class TransportSender {
    private static final String ARN = "arn:aws:kinesis:us-east-1:111111111111:stream/canned";

    private final List<ShardRecordProcessor> processors = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private TransportSender(String transport, String target, int shards) {
        for (int shard = 0; shard < shards; shard++) processors.add(processor(transport, target));
    }

    private ShardRecordProcessor processor(String transport, String target) {
        return switch (transport) {
            case "host" -> {
                TrackedStreams streams = TrackedStreams.parse("[{\"streamArn\":\"" + ARN + "\"}]");
                StreamIdentifier stream = streams.identifiers().iterator().next();
                yield new HostRecordProcessorFactory(Path.of(target), streams, TransportSender::fail)
                        .shardRecordProcessor(stream);
            }
            case "stock" -> {
                ConvertUtilsBean convert = new ConvertUtilsBean();
                yield new MultiLangRecordProcessorFactory(
                                target, threads, new MultiLangDaemonConfiguration(new BeanUtilsBean(convert), convert))
                        .shardRecordProcessor();
            }
            default -> throw new IllegalArgumentException("expected host or stock, got " + transport);
        };
    }

    private static void fail(int code, String reason, Throwable cause) {
        System.err.println(reason);
        if (cause != null) cause.printStackTrace();
        end(1);
    }

    public static void main(String[] args) throws Exception {
        TransportSender sender = new TransportSender(args[0], args[1], Integer.parseInt(args[2]));
        try (BufferedReader commands = new BufferedReader(new InputStreamReader(System.in))) {
            for (String line; (line = commands.readLine()) != null && !line.equals("end"); ) sender.run(line.split(" "));
            sender.forEach(shard -> sender.processors.get(shard).leaseLost(LeaseLostInput.builder().build()));
            end(0);
        } catch (IOException | ExecutionException e) {
            fail(1, "the sender failed", e);
        }
    }

    private static void end(int code) {
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
        Runtime.getRuntime().halt(code);
    }

    private void run(String[] command) throws InterruptedException, ExecutionException {
        long begun = System.nanoTime();
        switch (command[0]) {
            case "initialize" -> {
                forEach(shard -> processors.get(shard).initialize(InitializationInput.builder()
                        .shardId("shardId-" + shard)
                        .extendedSequenceNumber(ExtendedSequenceNumber.TRIM_HORIZON)
                        .build()));
                answer("initialized " + millisSince(begun));
            }
            case "send" -> {
                int records = Integer.parseInt(command[1]);
                int bytes = Integer.parseInt(command[2]);
                long until = begun + Long.parseLong(command[3]) * 1_000_000;
                List<KinesisClientRecord> batch = batch(records, bytes);
                AtomicLong batches = new AtomicLong();
                forEach(shard -> {
                    do {
                        processors.get(shard).processRecords(input(batch));
                        batches.incrementAndGet();
                    } while (System.nanoTime() - until < 0);
                });
                answer("sent " + batches.get() * records * bytes + " " + millisSince(begun));
            }
            default -> throw new IllegalArgumentException("unknown command " + command[0]);
        }
    }

    private static List<KinesisClientRecord> batch(int records, int bytes) {
        List<KinesisClientRecord> batch = new ArrayList<>();
        for (int i = 0; i < records; i++) {
            batch.add(KinesisClientRecord.builder()
                    .partitionKey(String.format("order-%010d", i))
                    .sequenceNumber(String.format("4967%052d", i))
                    .approximateArrivalTimestamp(Instant.now())
                    .data(ByteBuffer.allocate(bytes))
                    .build());
        }
        return batch;
    }

    /** The stock MessageWriter moves the position of a record's buffer. */
    private static ProcessRecordsInput input(List<KinesisClientRecord> batch) {
        List<KinesisClientRecord> records = new ArrayList<>(batch.size());
        for (KinesisClientRecord one : batch) records.add(one.toBuilder().data(one.data().duplicate()).build());
        return ProcessRecordsInput.builder().records(records).millisBehindLatest(0L).build();
    }

    private interface Work {
        void run(int shard);
    }

    private void forEach(Work work) throws InterruptedException, ExecutionException {
        List<Callable<Object>> all = new ArrayList<>();
        for (int i = 0; i < processors.size(); i++) {
            int shard = i;
            all.add(Executors.callable(() -> work.run(shard)));
        }
        for (Future<Object> done : threads.invokeAll(all)) done.get();
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    private static void answer(String line) {
        System.out.println(line);
    }
}
