package crossaccountkcl.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The configuration of the launcher's log with the lowest level that can be set. */
class LoggersTest {
    private final LoggerContext context = new LoggerContext();

    private Level levelOf(String logger) throws JoranException {
        context.putProperty("LAUNCHER_LOG_LEVEL", "TRACE");
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(getClass().getResource("/cross-account-kcl-logback.xml"));
        assertInstanceOf(LogQueue.class, context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("ASYNC"));
        return context.getLogger(logger).getEffectiveLevel();
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "ROOT",
        "a.library.of.Tomorrow",
        "org.apache.http.wire",
        "org.apache.http.headers",
        "org.apache.commons.beanutils.ConvertUtils",
        "org.apache.commons.beanutils.converters",
        "io.netty.handler.codec.http2.Http2FrameLogger",
        "software.amazon.awssdk.request",
        "software.amazon.awssdk.auth.signer",
        "software.amazon.awssdk.services.sts.auth",
        "software.amazon.kinesis",
        "software.amazon.kinesis.multilang.MultiLangDaemon",
        "software.amazon.kinesis.multilang.MultiLangProtocol",
        "software.amazon.kinesis.multilang.DrainChildSTDOUTTask",
        "software.amazon.kinesis.multilang.config.KinesisClientLibConfigurator",
        "com.amazonaws.services.dynamodbv2.AmazonDynamoDBLockClient",
    })
    void whatIsNotNamedLogsNothingBelowWarn(String logger) throws JoranException {
        assertEquals(Level.WARN, levelOf(logger));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "crossaccountkcl.run.WorkerRun",
        "crossaccountkcl.host.HostRecordProcessor",
        "software.amazon.kinesis.coordinator.Scheduler",
        "software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseRenewer",
        "software.amazon.kinesis.retrieval.polling.PrefetchRecordsPublisher",
    })
    void whatIsNamedLogsAtTheGivenLevel(String logger) throws JoranException {
        assertEquals(Level.TRACE, levelOf(logger));
    }
}
