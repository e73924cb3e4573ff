package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.answer.Query;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many lives of an index. {@code tools/native-checks.sh} runs these with AddressSanitizer and with -Xcheck:jni. */
@Tag("long")
class OpenCloseTest {
    private static final Problem PROBLEM = Problem.random(31, 50, 16, 3, 1);
    private static final int WARM_UP = 1_000;
    private static final int CYCLES = Integer.getInteger("afterimage.cycles", 3_000);
    private static final long MAX_GROWTH = 2L << 20;

    /** In a process of its own whose heap is all touched at the start, so that what grows is native. */
    @Test
    void thousandsOfCyclesLeaveNoMemoryBehind(@TempDir Path folder) throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/statm")), "resident memory is read from Linux's /proc");
        Path file = folder.resolve("index");
        try (CacheIndex index = PROBLEM.index()) {
            index.save(file);
        }
        List<String> options = List.of(
                "-Xms64m",
                "-Xmx64m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dafterimage.cycles=" + CYCLES);
        Process process = new ProcessBuilder(JavaCommand.of(options, OpenCloseTest.class, file.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String growth = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).isZero();
        System.out.println(CYCLES + " cycles of open, remove, query, close: " + growth + " bytes more are resident");
        assertThat(Long.parseLong(growth)).isLessThanOrEqualTo(MAX_GROWTH);
    }

    /** Prints by how many bytes the process grows in {@link #CYCLES} lives of the index in file {@code args[0]}. */
    public static void main(String[] args) throws Exception {
        cycle(Path.of(args[0]), WARM_UP);
        long before = residentBytes();
        cycle(Path.of(args[0]), CYCLES);
        System.out.println(residentBytes() - before);
    }

    private static void cycle(Path file, int times) throws Exception {
        OpenOptions options = new OpenOptions().threads(1);
        for (int i = 0; i < times; i++) {
            try (CacheIndex index = CacheIndex.open(file, options)) {
                index.remove(i % 50);
                index.query(PROBLEM.queries(), 10);
            }
        }
    }

    private static long residentBytes() throws Exception {
        long pages =
                Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]);
        return pages * 4096;
    }

    @Test
    void aThousandRandomClosesUnderLoadAreClean() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        int closes = Integer.getInteger("afterimage.closes", 100);
        Problem problem = Problem.random(32, 600, 48, 5, 8);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            Random random = new Random(seed);
            for (int round = 0; round < closes; round++) {
                CacheIndex index = problem.builder().threads(2).build();
                index.add(problem.keys(), problem.labels());
                List<Future<?>> running = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    Random own = new Random(random.nextLong());
                    running.add(threads.submit(() -> untilClosed(index, problem, own)));
                }
                Thread.sleep(0, random.nextInt(1_000_000));
                Thread.sleep(random.nextInt(4));
                index.close();
                assertThat(MemoryUse.bytes()).isZero();
                for (Future<?> task : running) {
                    task.get();
                }
            }
            System.out.println(closes + " closes under load");
        } finally {
            threads.shutdownNow();
        }
    }

    private static void untilClosed(CacheIndex index, Problem problem, Random random) {
        try {
            while (true) {
                switch (random.nextInt(5)) {
                    case 0 -> index.add(problem.keys(), problem.labels());
                    case 1 -> index.remove(random.longs(50, 0, 2000).toArray());
                    case 2 ->
                        index.answer(Query.of(java.nio.FloatBuffer.wrap(problem.queries()))
                                .neighbors(3));
                    case 3 -> index.compact();
                    default -> index.query(problem.queries(), 10);
                }
            }
        } catch (IllegalStateException closed) {
            assertThat(closed.getMessage()).containsAnyOf("the index is closed", "no keys");
        }
    }
}
