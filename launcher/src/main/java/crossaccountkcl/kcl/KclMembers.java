package crossaccountkcl.kcl;

import com.fasterxml.jackson.databind.ObjectMapper;
import crossaccountkcl.ExitCode;
import crossaccountkcl.LauncherException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
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
 * that are package-private in KCL: another version may lack them, or silently no longer call them. And it has a class of
 * its own in the place of one of KCL's.
 */
public final class KclMembers {
    private static final String MULTILANG = "software.amazon.kinesis.multilang.";
    /** KCL's class in whose place the launcher has its own, and the SHA-256 of the one that it does the same as. */
    static final String REPLACED = "software/amazon/kinesis/retrieval/kpl/ExtendedSequenceNumber.class";
    private static final String REPLACED_SHA_256 = "4c646b0e528debf8c3cccf6f35dfca2f731834818be748213408f45152b3e7db";

    private KclMembers() {}

    /** @throws LauncherException naming every version and member that is not as expected */
    public static void verify() {
        List<String> problems = new ArrayList<>();
        Properties built = load("/crossaccountkcl/build.properties");
        checkVersion(problems, built, "amazon-kinesis-client");
        checkVersion(problems, built, "amazon-kinesis-client-multilang");
        checkMembers(problems);
        checkReplacedClass(problems);
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
        for (String field : List.of("lamThreadPool", "lamCreator")) {
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

    private static void checkReplacedClass(List<String> problems) {
        // Both from the class loader: it writes a path in one way, whatever is in it.
        String self = KclMembers.class.getResource("KclMembers.class").toString();
        String own = self.substring(0, self.length() - "crossaccountkcl/kcl/KclMembers.class".length());
        List<String> found = new ArrayList<>();
        try {
            for (URL file : Collections.list(KclMembers.class.getClassLoader().getResources(REPLACED))) {
                if (!file.toString().startsWith(own)) found.add(sha256(file));
            }
        } catch (IOException | NoSuchAlgorithmException e) {
            found.add(e.toString());
        }
        if (!found.equals(List.of(REPLACED_SHA_256))) {
            problems.add("ExtendedSequenceNumber has the SHA-256 " + found + ", expected " + REPLACED_SHA_256);
        }
    }

    private static String sha256(URL file) throws IOException, NoSuchAlgorithmException {
        try (InputStream in = file.openStream()) {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(in.readAllBytes()));
        }
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
