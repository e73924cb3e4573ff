package io.github.afterimage.bench;

import io.github.afterimage.answer.Query;
import io.github.afterimage.serving.BatchListener;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.serving.Batcher;
import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Does a batcher serve many callers? Prints its rates and times as multiples of those of the index, which are measured in turns
 * with them.
 * {@code java -cp target/benchmarks.jar io.github.afterimage.bench.ServiceLoad KEYS DIM [SECONDS [TYPE]]}
 */
public final class ServiceLoad implements AutoCloseable {
    private static final int CLASSES = 100;
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

    private ServiceLoad(int keys, int dim, double seconds, ElementType type) {
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
        try (ServiceLoad load = new ServiceLoad(
                Integer.parseInt(args[0]),
                Integer.parseInt(args[1]),
                args.length > 2 ? Double.parseDouble(args[2]) : 30,
                ElementType.named(args.length > 3 ? args[3] : "f32"))) {
            load.run();
        }
    }

    private void run() throws Exception {
        print("%s, %s", batcher.index(), options);
        callers(2); // warms up
        double bareRate = throughput();
        halfLoad(bareRate);
        besideALargeCaller();
        overload(bareRate);
        print("ends: %s", batcher.health().requests());
    }

    /** The index alone. */
    private Load bare(int batch, double duration) throws Exception {
        FloatBuffer queries = rows(0, batch);
        return new Load()
                .closed(
                        1,
                        duration,
                        caller -> () -> batcher.index().answer(Query.of(queries).thetas(ReferenceAnswer.THETA)));
    }

    private Load callers(double duration) throws Exception {
        return new Load().closed(BATCH, duration, caller -> () -> submit(caller).get());
    }

    /** @return queries per second of the index alone */
    private double throughput() throws Exception {
        double[] ratios = new double[ROUNDS];
        double bare = 0;
        double together = 0;
        for (int round = 0; round < ROUNDS; round++) {
            double alone = BATCH * bare(BATCH, seconds / ROUNDS).perSecond();
            double callers = callers(seconds / ROUNDS).perSecond();
            ratios[round] = callers / alone;
            bare += alone / ROUNDS;
            together += callers / ROUNDS;
        }
        Arrays.sort(ratios);
        print("the index alone, batches of %d: %.0f queries/s", BATCH, bare);
        print(
                "%d callers of one query: %.0f queries/s, %.2f of it (%.2f-%.2f); expected 0.8",
                BATCH, together, ratios[ROUNDS / 2], ratios[0], ratios[ROUNDS - 1]);
        return bare;
    }

    private void halfLoad(double bareRate) throws Exception {
        double largest = bare(BATCH, seconds / 10).milliseconds(50);
        Load load = new Load().open(bareRate / 2, seconds, this::submit);
        double bound = 2 * options.maxDelay().toNanos() / 1e6 + 3 * largest;
        print(
                "at half of the load of the index alone: p50 %.1f ms, p99 %.1f ms, max %.1f ms; expected p99 %.1f ms = 2 x delay +"
                        + " 3 x %.1f ms",
                load.milliseconds(50), load.milliseconds(99), load.milliseconds(100), bound, largest);
    }

    /** Single queries, one in four times that a pass of one takes, alone and beside a caller of large batches. */
    private void besideALargeCaller() throws Exception {
        double rate = 1000 / (4 * bare(1, seconds / 10).milliseconds(50));
        Load alone = new Load();
        Load beside = new Load();
        double largeAlone = 0;
        double largeBeside = 0;
        for (int round = 0; round < 2; round++) {
            alone.open(rate, seconds / 2, this::submit);
            AtomicBoolean stop = new AtomicBoolean();
            Thread caller = new Thread(() -> sendLarge(stop));
            caller.start();
            Thread.sleep(FORGOTTEN_SECONDS * 1000L);
            largeAlone += rowsPassed(() -> Thread.sleep((long) (seconds / 2 * 1000))) / 2;
            long answered = beside.nanos.getTotalCount();
            double passed = rowsPassed(() -> beside.open(rate, seconds / 2, this::submit));
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
                    batcher.submit(Query.of(rows(0, LARGE)).thetas(ReferenceAnswer.THETA));
            while (!stop.get() && !answer.isDone()) {
                try {
                    Thread.sleep(1);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            answer.cancel(true);
        }
    }

    /** Rows per second that passes of the batcher answer meanwhile. */
    private double rowsPassed(Load.Ask phase) throws Exception {
        long before = passedRows.get();
        long begin = System.nanoTime();
        phase.run();
        return (passedRows.get() - before) / ((System.nanoTime() - begin) / 1e9);
    }

    private void overload(double bareRate) {
        Load load = new Load().open(2 * bareRate, seconds, this::submit);
        print(
                "at twice the load: %d refused in %.2f ms (p99; max %.2f ms, expected 10 ms), %d failed; the rest %.0f queries/s, %.2f"
                        + " of the index alone, p50 %.0f ms, p99 %.0f ms",
                load.refusals.getTotalCount(),
                load.refusals.getValueAtPercentile(99) / 1e6,
                load.refusals.getMaxValue() / 1e6,
                load.failed.get(),
                load.perSecond(),
                load.perSecond() / bareRate,
                load.milliseconds(50),
                load.milliseconds(99));
    }

    private CompletableFuture<?> submit(int number) {
        return batcher.submit(Query.of(rows(number % LARGE, 1)).thetas(ReferenceAnswer.THETA));
    }

    private FloatBuffer rows(int first, int count) {
        int dim = rows.remaining() / LARGE;
        return rows.slice(first * dim, count * dim);
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    @Override
    public void close() {
        batcher.close();
    }
}
