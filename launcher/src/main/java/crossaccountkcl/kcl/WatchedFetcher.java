package crossaccountkcl.kcl;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.kinesis.retrieval.DataFetcherProviderConfig;
import software.amazon.kinesis.retrieval.polling.DataFetcher;
import software.amazon.kinesis.retrieval.polling.KinesisDataFetcher;

/** KCL's fetcher of one shard that is polled, whose failures and answers are noted on their way. */
public final class WatchedFetcher extends KinesisDataFetcher {
    private final ReadWatch watch;
    private final String shardId;

    private WatchedFetcher(KinesisAsyncClient kinesis, DataFetcherProviderConfig shard, ReadWatch watch) {
        super(kinesis, shard);
        this.watch = watch;
        this.shardId = shard.getShardId();
    }

    /** As PollingConfig wants it. */
    public static Function<DataFetcherProviderConfig, DataFetcher> provider(
            KinesisAsyncClient kinesis, ReadWatch watch) {
        return shard -> new WatchedFetcher(kinesis, shard, watch);
    }

    @Override
    public String getNextIterator(GetShardIteratorRequest request)
            throws ExecutionException, InterruptedException, TimeoutException {
        try {
            return super.getNextIterator(request);
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            watch.failed(getStreamIdentifier(), shardId, "GetShardIterator", e);
            throw e;
        }
    }

    @Override
    public GetRecordsResponse getGetRecordsResponse(GetRecordsRequest request)
            throws ExecutionException, InterruptedException, TimeoutException {
        try {
            GetRecordsResponse response = super.getGetRecordsResponse(request);
            watch.read(getStreamIdentifier(), shardId);
            return response;
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            watch.failed(getStreamIdentifier(), shardId, "GetRecords", e);
            throw e;
        }
    }
}
