package crossaccountkcl;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import software.amazon.kinesis.coordinator.DynamicMigrationComponentsInitializer;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.coordinator.assignment.LeaseAssignmentManager;
import software.amazon.kinesis.coordinator.migration.MigrationStateMachineImpl;
import software.amazon.kinesis.coordinator.migration.TableMigrationStateMachineImpl;
import software.amazon.kinesis.leases.LeaseCleanupManager;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;

/**
 * The start-up check that KCL is the one that this launcher was built against. The launcher overrides and calls members
 * that are package-private in KCL: another version may lack them, or silently no longer call them.
 */
public final class KclMembers {
    private static final String MULTILANG = "software.amazon.kinesis.multilang.";

    private KclMembers() {}

    /** @throws LauncherException naming every version and member that is not as expected */
    public static void verify() {
        List<String> problems = new ArrayList<>();
        Properties built = load("/crossaccountkcl/build.properties");
        checkVersion(problems, built, "amazon-kinesis-client");
        checkVersion(problems, built, "amazon-kinesis-client-multilang");
        checkMembers(problems);
        if (!problems.isEmpty()) {
            throw new LauncherException(
                    ExitCode.CONFIGURATION,
                    "the KCL on the class path is not the one that this launcher was built against: "
                            + String.join("; ", problems)
                            + ". Use the jars that ./scripts/build-launcher put into launcher/target/lib.");
        }
    }

    private static void checkMembers(List<String> problems) {
        check(problems, "Scheduler.shouldInitiateLeaseSync()",
                () -> Scheduler.class.getDeclaredMethod("shouldInitiateLeaseSync"));
        check(problems, "Scheduler.initialize()", () -> Scheduler.class.getDeclaredMethod("initialize"));
        check(problems, "Scheduler.migrationStateMachine",
                () -> Scheduler.class.getDeclaredField("migrationStateMachine"));
        check(problems, "MigrationStateMachineImpl.startingClientVersion",
                () -> MigrationStateMachineImpl.class.getDeclaredField("startingClientVersion"));
        check(problems, "Scheduler.tableMigrationStateMachine",
                () -> Scheduler.class.getDeclaredField("tableMigrationStateMachine"));
        check(problems, "TableMigrationStateMachineImpl.latestMigrationSummary",
                () -> TableMigrationStateMachineImpl.class.getDeclaredField("latestMigrationSummary"));
        for (String field : List.of("migrationComponentsInitializer", "leaseAssignmentModeProvider")) {
            check(problems, "Scheduler." + field, () -> Scheduler.class.getDeclaredField(field));
        }
        for (String field : List.of("lamThreadPool", "lamCreator", "workerMetricsManager")) {
            check(problems, "DynamicMigrationComponentsInitializer." + field,
                    () -> DynamicMigrationComponentsInitializer.class.getDeclaredField(field));
        }
        check(problems, "LeaseAssignmentManager.lamDataManager",
                () -> LeaseAssignmentManager.class.getDeclaredField("lamDataManager"));
        check(problems, "Scheduler.leaseCleanupManager().shutdown()",
                () -> Scheduler.class.getMethod("leaseCleanupManager").getReturnType().getMethod("shutdown"));
        check(problems, "Scheduler.runProcessLoop()", () -> Scheduler.class.getDeclaredMethod("runProcessLoop"));
        check(problems, "Scheduler.createWorkerShutdownCallable()",
                () -> Scheduler.class.getDeclaredMethod("createWorkerShutdownCallable"));
        check(problems, "Scheduler.buildConsumer(ShardInfo, ShardRecordProcessorFactory, LeaseCleanupManager)",
                () -> Scheduler.class.getDeclaredMethod(
                        "buildConsumer", ShardInfo.class, ShardRecordProcessorFactory.class, LeaseCleanupManager.class));
        check(problems, "Scheduler.currentStreamConfigMap()",
                () -> Scheduler.class.getMethod("currentStreamConfigMap"));
        check(problems, "MultiLangDaemonConfiguration.resolvedConfiguration(ShardRecordProcessorFactory)",
                () -> type("config.MultiLangDaemonConfiguration")
                        .getDeclaredMethod("resolvedConfiguration", ShardRecordProcessorFactory.class));
        check(problems, "MultiLangShardRecordProcessor's constructor",
                () -> type("MultiLangShardRecordProcessor").getDeclaredConstructor(
                        ProcessBuilder.class, ExecutorService.class, ObjectMapper.class,
                        type("config.MultiLangDaemonConfiguration")));
        check(problems, "MultiLangShardRecordProcessor.exit()",
                () -> type("MultiLangShardRecordProcessor").getDeclaredMethod("exit"));
    }

    private static void checkVersion(List<String> problems, Properties built, String artifact) {
        String expected = built.getProperty(artifact);
        String found = load("/META-INF/maven/software.amazon.kinesis/" + artifact + "/pom.properties")
                .getProperty("version", "none");
        if (!found.equals(expected)) problems.add(artifact + " is " + found + ", expected " + expected);
    }

    private static void check(List<String> problems, String member, Lookup lookup) {
        try {
            lookup.run();
        } catch (ReflectiveOperationException | LinkageError e) {
            problems.add(member + " is missing");
        }
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(MULTILANG + name, false, KclMembers.class.getClassLoader());
    }

    private static Properties load(String resource) {
        Properties properties = new Properties();
        try (InputStream in = KclMembers.class.getResourceAsStream(resource)) {
            if (in != null) properties.load(in);
        } catch (IOException e) {
            // an unreadable file is reported as version "none" by the caller
        }
        return properties;
    }

    private interface Lookup {
        Object run() throws ReflectiveOperationException;
    }
}
