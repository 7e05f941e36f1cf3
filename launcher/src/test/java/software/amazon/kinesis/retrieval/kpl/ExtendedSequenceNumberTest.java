package software.amazon.kinesis.retrieval.kpl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Does all that KCL's own class does, which is loaded from KCL's jar by a class loader of its own. */
class ExtendedSequenceNumberTest {
    private static final int PAIRS = 150_000;
    private static final List<String> SENTINELS = List.of("LATEST", "SHARD_END", "TRIM_HORIZON", "AT_TIMESTAMP");
    /** Arabic-Indic and full-width digits are digits to KCL; a digit outside the basic plane, a sign and a space are not. */
    private static final List<String> ODD = Arrays.asList(
            null, "", " ", "-1", "+1", "1 ", " 1", "1.0", "0x1", "latest", "LATEST ", "SHARD_END0", "0LATEST", "\u0661\u0662",
            "\uff11", "1\u0662", "0\u0660", "\ud835\udfd8", "1\ud835\udfd8", "0", "00", "000000", "1", "01");

    private static URLClassLoader kcl;
    private static Constructor<?> constructor;

    @BeforeAll
    static void loadKclsOwn() throws Exception {
        String jar = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> Path.of(entry).getFileName().toString().matches("amazon-kinesis-client-\\d.*\\.jar"))
                .findFirst()
                .orElseThrow();
        kcl = new URLClassLoader(
                new URL[] {Path.of(jar).toUri().toURL()}, ClassLoader.getPlatformClassLoader());
        Class<?> own = kcl.loadClass(ExtendedSequenceNumber.class.getName());
        assertNotSame(ExtendedSequenceNumber.class, own);
        constructor = own.getConstructor(String.class, Long.class);
    }

    @AfterAll
    static void close() throws Exception {
        kcl.close();
    }

    /** What a call returned, or the type and text of its failure. An order counts by its sign. */
    private static Object outcome(Callable<Object> call) {
        try {
            return call.call();
        } catch (InvocationTargetException e) {
            return failure(e.getCause());
        } catch (Exception e) {
            return failure(e);
        }
    }

    private static String failure(Throwable e) {
        return e instanceof NullPointerException ? "NullPointerException" : e.toString();
    }

    private record Pair(Object first, Object second) {
        static Pair ofKcl(String a, Long subA, String b, Long subB) throws ReflectiveOperationException {
            return new Pair(constructor.newInstance(a, subA), constructor.newInstance(b, subB));
        }

        List<Object> outcomes() throws ReflectiveOperationException {
            Method compare = first.getClass().getMethod("compareTo", first.getClass());
            return List.of(
                    outcome(() -> Integer.signum((int) compare.invoke(first, second))),
                    outcome(() -> Integer.signum((int) compare.invoke(second, first))),
                    outcome(() -> compare.invoke(first, (Object) null)),
                    first.equals(second),
                    first.equals(null),
                    first.hashCode(),
                    first.toString(),
                    outcome(() -> first.getClass().getMethod("isShardEnd").invoke(first)),
                    outcome(() -> first.getClass().getMethod("isSentinelCheckpoint").invoke(first)),
                    String.valueOf(outcome(() -> first.getClass().getMethod("sequenceNumber").invoke(first))),
                    outcome(() -> first.getClass().getMethod("subSequenceNumber").invoke(first)));
        }
    }

    private static void assertSame(String a, Long subA, String b, Long subB) throws ReflectiveOperationException {
        Pair ours = new Pair(new ExtendedSequenceNumber(a, subA), new ExtendedSequenceNumber(b, subB));
        String what = a + "/" + subA + " and " + b + "/" + subB;
        assertEquals(Pair.ofKcl(a, subA, b, subB).outcomes(), ours.outcomes(), what);
    }

    private static String number(Random random) {
        int length = random.nextInt(4) == 0 ? random.nextInt(60) : 56;
        StringBuilder digits = new StringBuilder("0".repeat(random.nextInt(5) == 0 ? random.nextInt(9) : 0));
        for (int i = 0; i < length; i++) digits.append((char) ('0' + random.nextInt(10)));
        return digits.toString();
    }

    private static String text(Random random) {
        return switch (random.nextInt(12)) {
            case 0 -> SENTINELS.get(random.nextInt(SENTINELS.size()));
            case 1 -> ODD.get(random.nextInt(ODD.size()));
            default -> number(random);
        };
    }

    /** The same, or so near that the last digits, zeros before them or their number tell. */
    private static String near(String text, Random random) {
        if (text == null || text.isEmpty()) return text;
        int at = text.length() - 1 - random.nextInt(Math.min(4, text.length()));
        return switch (random.nextInt(5)) {
            case 0 -> text;
            case 1 -> "0".repeat(random.nextInt(3)) + text;
            case 2 -> text + random.nextInt(10);
            case 3 -> text.substring(1);
            default -> text.substring(0, at) + random.nextInt(10) + text.substring(at + 1);
        };
    }

    private static Long sub(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> null;
            case 1 -> random.nextLong();
            case 2 -> Long.MIN_VALUE;
            default -> (long) random.nextInt(3);
        };
    }

    @Test
    void doesTheSameWithManyRandomPairs() throws ReflectiveOperationException {
        Random random = new Random(20261130);
        for (int i = 0; i < PAIRS; i++) {
            String a = text(random);
            String b = random.nextBoolean() ? near(a, random) : text(random);
            assertSame(a, sub(random), b, sub(random));
        }
    }

    @Test
    void doesTheSameWithAllPairsOfSentinelsAndOddTexts() throws ReflectiveOperationException {
        List<String> all = new ArrayList<>(ODD);
        all.addAll(SENTINELS);
        for (String a : all) {
            for (String b : all) {
                for (Long sub : new Long[] {null, 0L, 1L, -1L}) assertSame(a, sub, b, 0L);
            }
        }
    }

    @Test
    void hasEveryMemberThatOthersCanCall() {
        assertEquals(members(constructor.getDeclaringClass()), members(ExtendedSequenceNumber.class));
    }

    private static TreeSet<String> members(Class<?> type) {
        TreeSet<String> members = new TreeSet<>();
        for (var method : type.getDeclaredMethods()) if (!Modifier.isPrivate(method.getModifiers())) members.add("" + method);
        for (var field : type.getDeclaredFields()) if (!Modifier.isPrivate(field.getModifiers())) members.add("" + field);
        for (var made : type.getDeclaredConstructors()) members.add("" + made);
        members.add(type.toGenericString() + Arrays.toString(type.getGenericInterfaces()));
        return members;
    }

    @Test
    void isMadeAndComparedWithoutAllocatingForItsDigits() {
        String prefix = "4967" + "0".repeat(40);
        int count = 10_000;
        ExtendedSequenceNumber[] numbers = new ExtendedSequenceNumber[count];
        String[] texts = new String[count];
        for (int i = 0; i < count; i++) texts[i] = prefix + String.format("%012d", i);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < count; i++) numbers[i] = new ExtendedSequenceNumber(texts[i], 0L);
        for (int i = 1; i < count; i++) assertTrue(numbers[i - 1].compareTo(numbers[i]) < 0);
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / count;
        // The object itself takes 32 bytes. KCL's takes 600 for each that is compared.
        assertTrue(each < 100, each + " bytes for each");
    }
}
