package crossaccountkcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.regions.Region;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.StreamConfig;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.processor.FormerStreamsLeasesDeletionStrategy.StreamsLeasesDeletionType;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.processor.StreamTracker;

class TrackedStreamsTest {
    private static final String ORDERS = "arn:aws:kinesis:eu-west-1:111111111111:stream/orders";
    private static final String ORDERS_OF_OTHER_ACCOUNT = ORDERS.replace("111111111111", "222222222222");
    private static final String CONSUMER = ORDERS + "/consumer/c:1700000000";
    private static final InitialPositionInStreamExtended LATEST =
            InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.LATEST);
    private static final InitialPositionInStreamExtended TRIM_HORIZON =
            InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON);

    private static String entry(String arn, String more) {
        return "{'streamArn':'" + arn + "'" + more + "}";
    }

    private static TrackedStreams single(String more) {
        return Fakes.streams("[" + entry(ORDERS, more) + "]");
    }

    private static TrackedStreams ofTwoAccounts(String more) {
        return Fakes.streams("[" + entry(ORDERS, ",'creationEpoch':1700000000")
                + "," + entry(ORDERS_OF_OTHER_ACCOUNT, ",'creationEpoch':1700000000" + more) + "]");
    }

    private static StreamIdentifier ofLeaseKey(String text) {
        return StreamIdentifier.multiStreamInstance(text);
    }

    private static StreamTracker tracker(TrackedStreams streams) {
        return streams.tracker(LATEST, Duration.ofMinutes(7));
    }

    private static StreamConfig onlyConfig(TrackedStreams streams, InitialPositionInStreamExtended stock) {
        List<StreamConfig> configs = streams.tracker(stock, Duration.ZERO).streamConfigList();
        assertEquals(1, configs.size());
        return configs.get(0);
    }

    @Test
    void aStreamWithoutEpochHasTheSingleStreamForm() {
        TrackedStreams streams = single("");
        assertFalse(streams.isMultiStream());
        assertInstanceOf(SingleStreamTracker.class, tracker(streams));
        StreamIdentifier stream = onlyConfig(streams, LATEST).streamIdentifier();
        assertEquals("orders", stream.serialize());
        assertEquals(ORDERS, stream.streamArnOptional().orElseThrow().toString());
        assertEquals(ORDERS, streams.arnOf(stream));
    }

    @Test
    void aStreamWithAnEpochHasTheMultiStreamFormEvenIfItIsTheOnlyOne() {
        TrackedStreams streams = single(",'creationEpoch':1700000000");
        assertTrue(streams.isMultiStream());
        assertTrue(tracker(streams).isMultiStream());
        StreamIdentifier stream = onlyConfig(streams, LATEST).streamIdentifier();
        assertEquals("111111111111:orders:1700000000", stream.serialize());
        assertEquals(ORDERS, stream.streamArnOptional().orElseThrow().toString());
    }

    @Test
    void findsTheArnOfAnIdentifierOutOfALeaseKey() {
        StreamIdentifier stream = ofLeaseKey("111111111111:orders:1700000000");
        assertEquals(Optional.empty(), stream.streamArnOptional());
        assertEquals(ORDERS, single(",'creationEpoch':1700000000").arnOf(stream));
    }

    @Test
    void keepsStreamsOfOneNameInTwoAccountsApart() {
        TrackedStreams streams = ofTwoAccounts("");
        assertEquals(ORDERS, streams.arnOf(ofLeaseKey("111111111111:orders:1700000000")));
        assertEquals(ORDERS_OF_OTHER_ACCOUNT, streams.arnOf(ofLeaseKey("222222222222:orders:1700000000")));
    }

    @Test
    void keepsTheOrderInWhichTheStreamsAreGiven() {
        TrackedStreams streams = ofTwoAccounts("");
        assertEquals(List.of(ORDERS, ORDERS_OF_OTHER_ACCOUNT), streams.arns().toList());
        assertEquals(
                List.of("111111111111:orders:1700000000", "222222222222:orders:1700000000"),
                tracker(streams).streamConfigList().stream()
                        .map(config -> config.streamIdentifier().serialize())
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "333333333333:orders:1700000000", "111111111111:orders:1600000000", "111111111111:orders-2:1700000000"
    })
    void hasNoArnOfAnotherAccountEpochOrName(String leaseKey) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> ofTwoAccounts("").arnOf(ofLeaseKey(leaseKey)));
        assertEquals("the stream " + leaseKey + " is not configured", e.getMessage());
    }

    @Test
    void isInTheRegionOfItsArns() {
        assertEquals(Region.EU_WEST_1, single("").region());
    }

    @Test
    void startsWhereItsStreamSaysWhateverTheStockKeysSay() {
        assertEquals(
                LATEST,
                onlyConfig(single(",'initialPosition':'LATEST'"), TRIM_HORIZON).initialPositionInStreamExtended());
        assertEquals(
                TRIM_HORIZON,
                onlyConfig(single(",'initialPosition':'TRIM_HORIZON'"), LATEST).initialPositionInStreamExtended());
    }

    @Test
    void startsAtTheSecondThatItsStreamSays() {
        assertEquals(
                InitialPositionInStreamExtended.newInitialPositionAtTimestamp(new Date(1_700_000_000_000L)),
                onlyConfig(single(",'initialPosition':'1700000000'"), LATEST).initialPositionInStreamExtended());
    }

    @Test
    void startsWhereTheStockKeysSayIfItsStreamSaysNothing() {
        assertEquals(TRIM_HORIZON, onlyConfig(single(""), TRIM_HORIZON).initialPositionInStreamExtended());
    }

    @Test
    void hasAPositionForEachStream() {
        List<StreamConfig> configs = tracker(ofTwoAccounts(",'initialPosition':'TRIM_HORIZON'")).streamConfigList();
        assertEquals(LATEST, configs.get(0).initialPositionInStreamExtended());
        assertEquals(TRIM_HORIZON, configs.get(1).initialPositionInStreamExtended());
    }

    @Test
    void handsOnTheConsumerOfTheStreamThatHasOne() {
        TrackedStreams streams = ofTwoAccounts(",'consumerArn':'" + CONSUMER + "'");
        List<StreamConfig> configs = tracker(streams).streamConfigList();
        assertNull(configs.get(0).consumerArn());
        assertEquals(CONSUMER, configs.get(1).consumerArn());
        assertEquals(Optional.empty(), streams.consumerArnOf(ofLeaseKey("111111111111:orders:1700000000")));
        assertEquals(Optional.of(CONSUMER), streams.consumerArnOf(ofLeaseKey("222222222222:orders:1700000000")));
    }

    @Test
    void knowsWhenAStreamWasCreatedWhateverItsEpoch() {
        TrackedStreams streams = ofTwoAccounts(",'streamCreatedAt':1700000005");
        assertEquals(Optional.empty(), streams.createdAt(ofLeaseKey("111111111111:orders:1700000000")));
        assertEquals(Optional.of(1700000005L), streams.createdAt(ofLeaseKey("222222222222:orders:1700000000")));
    }

    @Test
    void theTimeOfCreationAloneMakesNoMultiStreamForm() {
        TrackedStreams streams = single(",'streamCreatedAt':1700000005");
        assertFalse(streams.isMultiStream());
        assertEquals(Optional.of(1700000005L), streams.createdAt(onlyConfig(streams, LATEST).streamIdentifier()));
    }

    @Test
    void handsOnTheConsumerInTheSingleStreamForm() {
        assertEquals(CONSUMER, onlyConfig(single(",'consumerArn':'" + CONSUMER + "'"), LATEST).consumerArn());
    }

    @Test
    void deletesTheLeasesOfFormerStreamsAfterTheRetention() {
        var strategy = tracker(ofTwoAccounts("")).formerStreamsLeasesDeletionStrategy();
        assertEquals(
                StreamsLeasesDeletionType.FORMER_STREAMS_AUTO_DETECTION_DEFERRED_DELETION,
                strategy.leaseDeletionType());
        assertEquals(Duration.ofMinutes(7), strategy.waitPeriodToDeleteFormerStreams());
    }

    @Test
    void deletesNoLeasesInTheSingleStreamForm() {
        assertEquals(
                StreamsLeasesDeletionType.NO_STREAMS_LEASES_DELETION,
                tracker(single("")).formerStreamsLeasesDeletionStrategy().leaseDeletionType());
    }

    /** ARN stands for that of orders. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ARN                                            | Unrecognized token
            {'streamArn':'ARN'}                            | Cannot deserialize
            ['ARN']                                        | Cannot construct
            [{'streamArn':'ARN'}                           | end-of-input
            []                                             | no stream
            null                                           | null
            [null]                                         | null
            [{}]                                           |
            [{'streamArn':null,'creationEpoch':1}]         |
            [{'streamArn':'orders'}]                       | ARN
            [{'streamArn':'arn:aws:s3:::orders'}]          | Invalid streamArn arn:aws:s3:::orders
            [{'streamArn':'ARN','creationEpoch':1},{'streamArn':'ARN','creationEpoch':1}] | the same stream twice
            [{'streamArn':'ARN','creationEpoch':1},{'streamArn':'ARN','creationEpoch':2}] | the same stream twice
            [{'streamArn':'ARN','creationEpoch':1},{'streamArn':'ARN-2'}] | and one without creationEpoch
            [{'streamArn':'ARN'},{'streamArn':'ARN-2'}]    | several streams, and one without creationEpoch
            [{'streamArn':'ARN','creationEpoch':0}]        | Creation epoch must be > 0; received 0
            [{'streamArn':'ARN','creationEpoch':-1}]       | Creation epoch must be > 0; received -1
            [{'streamArn':'ARN','creationEpoch':'soon'}]   | creationEpoch
            [{'streamArn':'ARN','streamCreatedAt':'soon'}] | streamCreatedAt
            [{'streamArn':'ARN','epoch':1}]                | Unrecognized field "epoch"
            [{'streamArn':'ARN','initialPosition':'latest'}] | latest
            [{'streamArn':'ARN','initialPosition':'AT_TIMESTAMP'}] | AT_TIMESTAMP
            [{'streamArn':'ARN','initialPosition':'17e8'}] | 17e8
            [{'streamArn':'ARN','initialPosition':'-1'}]   | -1
            [{'streamArn':'ARN','initialPosition':''}]     |
            [{'streamArn':'ARN','creationEpoch':1,'initialPosition':'99999999999999999999'}] | 99999999999999999999
            """)
    void refusesWhatKclCannotTrackAndNamesTheKey(String json, String reason) {
        LauncherException e = assertThrows(LauncherException.class, () -> Fakes.streams(json.replace("ARN", ORDERS)));
        assertEquals(ExitCode.CONFIGURATION, e.exitCode());
        String start = "launcher settings: launcher.streams is ";
        assertTrue(e.getMessage().startsWith(start), e.getMessage());
        if (reason != null) {
            assertTrue(e.getMessage().substring(start.length()).contains(reason), e.getMessage());
        }
    }
}
