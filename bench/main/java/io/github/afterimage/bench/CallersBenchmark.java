package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Do many callers together get what one gets, and never more threads than configured? Rounds with one caller and with
 * several take turns; in a third one the threads that are in the kernel are counted. What callers do on their own threads, which
 * is to scale a query to unit norm, shows in the processors used.
 */
public class CallersBenchmark extends InterleavedBenchmark {
    private static final int ROUNDS = 2;
    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(400);
    private static final long WARMUP_NANOS = ROUND_NANOS / 8;
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final String KERNEL = "afterimage_class_sums"; // with or without a suffix
    private static final int CLASSES = 100;

    @Param({"1", "2", "4", "8", "16"})
    public int callers;

    @Param({"1", "2"})
    public int threads;

    @Param("50000")
    public int keys;

    @Param("512")
    public int dim;

    private FloatBuffer query;
    private CacheIndex index;

    /** Of the rounds of an iteration. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Figures {
        private final Histogram nanos = new ConcurrentHistogram(LONGEST_NANOS, 3);
        private double alone; // queries per second, summed over the rounds
        private double together;
        private int rounds;
        private double processorSeconds;
        private double seconds;
        private int threadsSeen;

        /** Forgets the last iteration. */
        @Setup(Level.Iteration)
        public void reset() {
            nanos.reset();
            alone = together = processorSeconds = seconds = 0;
            rounds = 0;
            threadsSeen = 0;
        }

        public double queriesPerSecond() {
            return together / rounds;
        }

        public double throughputOfOneCaller() {
            return together / alone;
        }

        public double p50Milliseconds() {
            return nanos.getValueAtPercentile(50) / 1e6;
        }

        public double p90Milliseconds() {
            return nanos.getValueAtPercentile(90) / 1e6;
        }

        public double p99Milliseconds() {
            return nanos.getValueAtPercentile(99) / 1e6;
        }

        public double p999Milliseconds() {
            return nanos.getValueAtPercentile(99.9) / 1e6;
        }

        public double greatestMilliseconds() {
            return nanos.getMaxValue() / 1e6;
        }

        /** Processor time of the whole process, in processors. */
        public double processorsUsed() {
            return processorSeconds / seconds;
        }

        /** The most threads that were in the kernel at one moment. */
        public double threadsInKernel() {
            return threadsSeen;
        }
    }

    @Setup
    public void makeKeys() {
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        query = synthetic.queries(1);
        index = synthetic.index(keys, builder -> builder.threads(threads));
        new ReferenceAnswer(index, query).error(index.engine().name(), index);
    }

    @Benchmark
    public Figures figures(Figures figures) throws InterruptedException {
        for (int round = 0; round < ROUNDS; round++) {
            figures.alone += queries(1, new ConcurrentHistogram(LONGEST_NANOS, 3), () -> {});
            figures.rounds++;
            double processorBefore = processorSeconds();
            long before = System.nanoTime();
            figures.together += queries(callers, figures.nanos, () -> {});
            figures.seconds += (System.nanoTime() - before) / 1e9;
            figures.processorSeconds += processorSeconds() - processorBefore;
        }
        queries(
                callers,
                new ConcurrentHistogram(LONGEST_NANOS, 3),
                () -> figures.threadsSeen = Math.max(figures.threadsSeen, threadsInKernel()));
        if (figures.threadsSeen > threads) {
            throw new IllegalStateException(figures.threadsSeen + " threads are in the kernel: expected at most "
                    + threads + ", with " + callers + " callers");
        }
        return figures;
    }

    /**
     * Queries per second that so many callers get done in a round, until the last one has its answer, while {@code watch} runs
     * now and then.
     */
    private double queries(int count, Histogram nanos, Runnable watch) throws InterruptedException {
        AtomicLong done = new AtomicLong();
        long begin = System.nanoTime();
        List<Thread> running = new ArrayList<>();
        for (int caller = 0; caller < count; caller++) {
            Thread thread = new Thread(() -> {
                long start = System.nanoTime();
                while (start - begin < ROUND_NANOS) {
                    index.query(query, ReferenceAnswer.THETA);
                    long end = System.nanoTime();
                    if (start - begin > WARMUP_NANOS) {
                        nanos.recordValue(end - start);
                    }
                    start = end;
                    done.incrementAndGet();
                }
            });
            thread.start();
            running.add(thread);
        }
        for (Thread thread : running) {
            while (thread.isAlive()) {
                watch.run();
                thread.join(3);
            }
        }
        return done.get() * 1e9 / (System.nanoTime() - begin);
    }

    private static int threadsInKernel() {
        int count = 0;
        for (StackTraceElement[] stack : Thread.getAllStackTraces().values()) {
            if (stack.length > 0
                    && stack[0].isNativeMethod()
                    && stack[0].getMethodName().startsWith(KERNEL)) {
                count++;
            }
        }
        return count;
    }

    private static double processorSeconds() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                        .getProcessCpuTime()
                / 1e9;
    }

    @TearDown
    public void close() {
        index.close();
    }
}
