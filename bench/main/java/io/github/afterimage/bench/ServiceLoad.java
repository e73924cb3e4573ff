package io.github.afterimage.bench;

import io.github.afterimage.BatchListener;
import io.github.afterimage.BatchOptions;
import io.github.afterimage.Batcher;
import io.github.afterimage.ElementType;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.Query;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/**
 * Does a batcher serve many callers? Prints its rates and times as multiples of those of the index, which are measured in turns
 * with them.
 * {@code java -cp target/benchmarks.jar io.github.afterimage.bench.ServiceLoad KEYS DIM [--seconds S] [--type bf16]}
 */
public final class ServiceLoad implements AutoCloseable {
    private static final int CLASSES = 100;
    private static final double THETA = 60;
    private static final int BATCH = 64;
    private static final int LARGE = 4096;
    private static final int ROUNDS = 3;
    /** So many seconds after the last short query, a long one gets whole batches again. */
    private static final int FORGOTTEN_SECONDS = 11;

    private final BatchOptions options = new BatchOptions().maxBatch(BATCH);
    private final Batcher batcher;
    private final FloatBuffer rows;
    private final double seconds;
    private final AtomicLong passedRows = new AtomicLong();
    private double bareRate;

    private ServiceLoad(int keys, int dim, ElementType type, double seconds) {
        this.seconds = seconds;
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        rows = synthetic.queries(LARGE);
        batcher = new Batcher(synthetic.index(keys, builder -> builder.type(type)), options);
        batcher.observe(new BatchListener() {
            @Override
            public void passed(int count, long nanos) {
                passedRows.addAndGet(count);
            }
        });
    }

    /** @param args as above */
    public static void main(String[] args) throws Exception {
        double seconds = 30;
        ElementType type = ElementType.FLOAT32;
        for (int i = 2; i + 1 < args.length; i += 2) {
            switch (args[i]) {
                case "--seconds" -> seconds = Double.parseDouble(args[i + 1]);
                case "--type" -> type = ElementType.named(args[i + 1]);
                default -> throw new IllegalArgumentException(args[i] + ": expected --seconds or --type");
            }
        }
        try (ServiceLoad load = new ServiceLoad(Integer.parseInt(args[0]), Integer.parseInt(args[1]), type, seconds)) {
            load.run();
        }
    }

    private void run() throws Exception {
        print("%s, %s, load of the machine %.1f", batcher.index(), options, machineLoad());
        callers(2); // warms up
        double before = residentMegabytes();
        long nativeBefore = MemoryUse.bytes();
        throughput();
        double largest = time(BATCH);
        halfLoad(largest);
        besideALargeCaller();
        overload();
        print(
                "memory: resident %.0f MB before and %.0f MB after, native %.1f MB before and %.1f MB after",
                before, residentMegabytes(), nativeBefore / 1e6, MemoryUse.bytes() / 1e6);
        print("ends: %s; load of the machine %.1f", batcher.health().requests(), machineLoad());
    }

    /** Milliseconds of a pass of the index alone: the median of some. */
    private double time(int batch) {
        Histogram nanos = new Histogram(3);
        FloatBuffer queries = rows(0, batch);
        long end = System.nanoTime() + (long) (seconds / 10 * 1e9);
        while (System.nanoTime() < end || nanos.getTotalCount() < 5) {
            long start = System.nanoTime();
            batcher.index().query(queries, THETA);
            nanos.recordValue(System.nanoTime() - start);
        }
        return nanos.getValueAtPercentile(50) / 1e6;
    }

    private void throughput() throws InterruptedException {
        List<Double> ratios = new ArrayList<>();
        double together = 0;
        for (int round = 0; round < ROUNDS; round++) {
            double bare = bare(seconds / ROUNDS);
            double callers = callers(seconds / ROUNDS);
            ratios.add(callers / bare);
            bareRate += bare / ROUNDS;
            together += callers / ROUNDS;
        }
        ratios.sort(null);
        print("the index alone, batches of %d: %.0f queries/s", BATCH, bareRate);
        print(
                "%d callers of one query: %.0f queries/s, %.2f of it (%.2f-%.2f); expected 0.8",
                BATCH, together, ratios.get(ROUNDS / 2), ratios.get(0), ratios.get(ROUNDS - 1));
    }

    private double bare(double duration) {
        FloatBuffer queries = rows(0, BATCH);
        long begin = System.nanoTime();
        long count = 0;
        while (System.nanoTime() - begin < duration * 1e9) {
            batcher.index().query(queries, THETA);
            count += BATCH;
        }
        return count / ((System.nanoTime() - begin) / 1e9);
    }

    /** Queries per second of callers that send the next query when they have the answer. */
    private double callers(double duration) throws InterruptedException {
        AtomicLong answers = new AtomicLong();
        long begin = System.nanoTime();
        List<Thread> callers = new ArrayList<>();
        for (int caller = 0; caller < BATCH; caller++) {
            Query query = single(caller);
            Thread thread = new Thread(() -> {
                while (System.nanoTime() - begin < duration * 1e9) {
                    batcher.submit(query).join();
                    answers.incrementAndGet();
                }
            });
            thread.start();
            callers.add(thread);
        }
        for (Thread caller : callers) {
            caller.join();
        }
        return answers.get() / ((System.nanoTime() - begin) / 1e9);
    }

    private void halfLoad(double largest) {
        OpenLoop loop = new OpenLoop().run(this::submit, bareRate / 2, seconds);
        double bound = 2 * options.maxDelay().toNanos() / 1e6 + 3 * largest;
        print(
                "at half of the load of the index alone: p50 %.1f ms, p99 %.1f ms, max %.1f ms; expected p99 %.1f ms = 2 x delay +"
                        + " 3 x %.1f ms",
                loop.milliseconds(50), loop.milliseconds(99), loop.milliseconds(100), bound, largest);
    }

    /** Single queries, one in four times that a pass of one takes, alone and beside a caller of large batches. */
    private void besideALargeCaller() throws Exception {
        double rate = 1000 / (4 * time(1));
        OpenLoop alone = new OpenLoop();
        OpenLoop beside = new OpenLoop();
        double largeAlone = 0;
        double largeBeside = 0;
        for (int round = 0; round < 2; round++) {
            alone.run(this::submit, rate, seconds / 2);
            AtomicBoolean stop = new AtomicBoolean();
            Thread caller = new Thread(() -> sendLarge(stop));
            caller.start();
            Thread.sleep(FORGOTTEN_SECONDS * 1000L);
            largeAlone += rowsPassed(() -> Thread.sleep((long) (seconds / 2 * 1000))) / 2;
            long answered = beside.nanos.getTotalCount();
            double passed = rowsPassed(() -> beside.run(this::submit, rate, seconds / 2));
            largeBeside += (passed - (beside.nanos.getTotalCount() - answered) / (seconds / 2)) / 2;
            stop.set(true);
            caller.join();
        }
        print(
                "single queries, %.1f/s, alone: p50 %.1f ms, p99 %.1f ms; beside a caller of %d: p50 %.1f ms, p99 %.1f ms, %.2f x;"
                        + " expected 3",
                rate,
                alone.milliseconds(50),
                alone.milliseconds(99),
                LARGE,
                beside.milliseconds(50),
                beside.milliseconds(99),
                beside.milliseconds(99) / alone.milliseconds(99));
        print(
                "that caller: alone %.0f rows/s, beside single queries %.0f rows/s, %.2f x; expected 0.75",
                largeAlone, largeBeside, largeBeside / largeAlone);
    }

    private void sendLarge(AtomicBoolean stop) {
        while (!stop.get()) {
            CompletableFuture<?> answer =
                    batcher.submit(Query.of(rows(0, LARGE)).thetas(THETA));
            while (!stop.get() && !answer.isDone()) {
                sleep();
            }
            answer.cancel(true);
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Phase {
        void run() throws InterruptedException;
    }

    /** Rows per second that passes of the batcher answer meanwhile. */
    private double rowsPassed(Phase phase) throws InterruptedException {
        long before = passedRows.get();
        long begin = System.nanoTime();
        phase.run();
        return (passedRows.get() - before) / ((System.nanoTime() - begin) / 1e9);
    }

    private void overload() {
        OpenLoop loop = new OpenLoop().run(this::submit, 2 * bareRate, seconds);
        print(
                "at twice the load: %d refused in %.2f ms (p99; max %.2f ms, expected 10 ms), %d failed; the rest %.0f queries/s, %.2f"
                        + " of the index alone, p50 %.0f ms, p99 %.0f ms",
                loop.refusals.getTotalCount(),
                loop.refusals.getValueAtPercentile(99) / 1e6,
                loop.refusals.getMaxValue() / 1e6,
                loop.failed.get(),
                loop.answersPerSecond(),
                loop.answersPerSecond() / bareRate,
                loop.milliseconds(50),
                loop.milliseconds(99));
    }

    private CompletableFuture<?> submit(int number) {
        return batcher.submit(single(number));
    }

    private Query single(int number) {
        return Query.of(rows(number % LARGE, 1)).thetas(THETA);
    }

    private FloatBuffer rows(int first, int count) {
        int dim = rows.remaining() / LARGE;
        return rows.slice(first * dim, count * dim);
    }

    private static double machineLoad() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    /** Resident memory of this process after a garbage collection; NaN if the system does not say. */
    private static double residentMegabytes() throws IOException {
        System.gc();
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return Double.NaN;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024)
                .findFirst()
                .orElse(Double.NaN);
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    @Override
    public void close() {
        batcher.close();
    }
}
