package crossaccountkcl.run;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import crossaccountkcl.ExitCode;
import crossaccountkcl.LauncherException;
import crossaccountkcl.StopSignal;
import crossaccountkcl.aws.AwsFailure;
import crossaccountkcl.aws.StreamGuard;
import crossaccountkcl.host.HostRecordProcessorFactory;
import crossaccountkcl.kcl.KclMembers;
import crossaccountkcl.kcl.LeaseTable;
import crossaccountkcl.kcl.LeaseTableCheck;
import crossaccountkcl.kcl.LeaseTableWatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.kinesis.multilang.ChildPerShardFactory;
import software.amazon.kinesis.multilang.MultiLangDaemonConfig;
import software.amazon.kinesis.multilang.config.MultiLangDaemonConfiguration;
import software.amazon.kinesis.multilang.config.StreamArnConfigurator;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;

/**
 * Runs a KCL worker on streams that are given by their ARNs, as a child process of {@code cross-account-kcl start}. The
 * only argument is the .properties file: KCL's keys, and those of {@link LauncherSettings}. It is deleted once read.
 *
 * <p>stdout: the log, in lines of JSON. stdin: see {@link ParentWatch}. Exit codes: {@link ExitCode}.
 */
public final class Launcher {
    static final String LOG_SETTINGS = "cross-account-kcl-logback.xml";

    static {
        System.setProperty(ContextInitializer.CONFIG_FILE_PROPERTY, LOG_SETTINGS);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);
    /** The AWS SDK's words for an empty chain, which multilang makes of names that are unknown to it. */
    private static final String NO_PROVIDERS = "No credential providers were specified.";

    private Launcher() {}

    public static void main(String[] args) {
        int code;
        try {
            if (args.length != 1) {
                throw new LauncherException(ExitCode.CONFIGURATION, "expected one argument, the .properties file");
            }
            KclMembers.verify();
            code = run(args[0]);
        } catch (LauncherException e) {
            LOG.error(e.getMessage(), e.getCause());
            code = e.exitCode();
        } catch (Throwable e) {
            LOG.error("The launcher failed: {}", e.toString(), e);
            code = ExitCode.DAEMON;
        }
        flushLog();
        halt(code); // KCL leaves threads behind, and the shutdown hook has nothing left to do
    }

    /** Ends this process and what is left of its children at once: one that is busy does not see the end of its stdin. */
    static void halt(int code) {
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
        Runtime.getRuntime().halt(code);
    }

    private static int run(String propertiesFile) {
        StreamArnConfigurator configurator = new StreamArnConfigurator();
        MultiLangDaemonConfig daemonConfig = read(propertiesFile, configurator);
        MultiLangDaemonConfiguration configuration = daemonConfig.getMultiLangDaemonConfiguration();
        StreamGuard.allowOnly(configurator.settings().streams().arns());

        WorkerRun run = new WorkerRun(Duration.ofMillis(configuration.getShutdownGraceMillis()));
        ParentWatch.start(run);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            int code = run.stopAndAwait("the launcher got a signal");
            flushLog();
            halt(code); // or main would race with the JVM, which ends with 128 + signal
        }));

        StreamArnConfigurator.Worker worker = configurator.worker(
                configuration, factory(configurator.settings(), daemonConfig, run), run, run);
        LauncherSettings settings = configurator.settings();
        return run.run(worker.scheduler(), () -> {
            checkCredentials(configurator.credentials());
            LeaseTable.createIfMissing(worker.leaseManagement());
            new LeaseTableCheck(settings.streams(), settings.allowEpochChange()).verify(worker.leaseManagement());
            new LeaseTableWatch(worker.leaseManagement(), run).start();
        });
    }

    /**
     * Before anything is called with them. Else the first call is what fails: the one that describes the lease table, which
     * then seems to be at fault. Where it is unknown whether there are credentials, that is left to the calls.
     */
    private static void checkCredentials(Map<String, AwsCredentialsProvider> credentials) {
        for (String service : new String[] {"Kinesis", "DynamoDB"}) {
            try {
                credentials.get(service).resolveCredentials();
            } catch (RuntimeException e) {
                AwsFailure failure = AwsFailure.of("resolveCredentials", e);
                if (!failure.isOfCredentials(service)) continue;
                throw new LauncherException(
                        ExitCode.ACCESS, "KCL has no valid AWS credentials for " + service + ": " + failure.message());
            }
        }
    }

    static MultiLangDaemonConfig read(String file, StreamArnConfigurator configurator) {
        try {
            return new MultiLangDaemonConfig(file, Thread.currentThread().getContextClassLoader(), configurator);
        } catch (LauncherException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // What KCL's bean classes throw is wrapped, and the wrapping says nothing.
            Throwable root = e;
            while (root.getCause() != null) root = root.getCause();
            if (NO_PROVIDERS.equals(root.getMessage())) {
                throw new LauncherException(
                        ExitCode.CONFIGURATION,
                        "KCL knows no provider that is named by awsCredentialsProvider, awsCredentialsProviderDynamoDB or"
                                + " awsCredentialsProviderCloudWatch: a class of your own must be on the class path of the"
                                + " JVM, and have create() or a constructor",
                        e);
            }
            throw new LauncherException(ExitCode.CONFIGURATION, "KCL can't use " + file + ": " + root, e);
        } finally {
            delete(file);
        }
    }

    /** It may hold credentials, and Node, which made it, may be killed. */
    private static void delete(String file) {
        try {
            Files.deleteIfExists(Path.of(file));
        } catch (IOException | RuntimeException e) {
            LOG.warn("{} can't be deleted; it may hold credentials", file, e);
        }
    }

    private static ShardRecordProcessorFactory factory(
            LauncherSettings settings, MultiLangDaemonConfig config, StopSignal stop) {
        return settings.socket() == null
                ? new ChildPerShardFactory(
                        settings.childCommand(),
                        settings.streams(),
                        config.getExecutorService(),
                        config.getMultiLangDaemonConfiguration(),
                        stop)
                : new HostRecordProcessorFactory(settings.socket(), settings.streams(), stop);
    }

    /** Synchronized, so that neither main nor the shutdown hook halts while the other still flushes. */
    private static synchronized void flushLog() {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
    }
}
