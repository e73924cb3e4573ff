package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Capacity;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * How much slower is a query while keys come in? Rounds with and without a writer take turns; the index keeps its size by
 * a capacity, so that only the writing differs.
 * {@code java -cp target/benchmarks.jar io.github.afterimage.bench.WriterLatency KEYS DIM [KEYS_PER_SECOND [SECONDS]]}
 */
public final class WriterLatency {
    private static final int CLASSES = 10;
    private static final int ROUNDS = 6;
    /** Added at once: a service gathers what comes in 10 ms. */
    private static final int BATCHES_PER_SECOND = 100;

    private WriterLatency() {}

    /** @param args as above */
    public static void main(String[] args) throws Exception {
        int keys = Integer.parseInt(args[0]);
        int dim = Integer.parseInt(args[1]);
        int rate = args.length > 2 ? Integer.parseInt(args[2]) : 10_000;
        double seconds = args.length > 3 ? Double.parseDouble(args[3]) : 30;
        int threads = Integer.getInteger("threads", 1);
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        FloatBuffer query = synthetic.queries(1);
        try (CacheIndex index = synthetic.index(
                keys, builder -> builder.capacity(Capacity.lastKeys(keys)).threads(threads))) {
            double[][] alone = new double[ROUNDS][];
            double[][] written = new double[ROUNDS][];
            round(index, query, seconds / 10);
            AtomicLong added = new AtomicLong();
            for (int round = 0; round < ROUNDS; round++) {
                alone[round] = round(index, query, seconds / 2 / ROUNDS);
                AtomicBoolean stop = new AtomicBoolean();
                Thread writer = new Thread(() -> write(index, synthetic, rate, stop, added));
                writer.start();
                written[round] = round(index, query, seconds / 2 / ROUNDS);
                stop.set(true);
                writer.join();
            }
            double[] without = sorted(alone);
            double[] with = sorted(written);
            System.out.printf(
                    Locale.ROOT,
                    "%d x %d, %d threads, %d keys/s written (%.0f measured), %d and %d queries%n",
                    keys,
                    dim,
                    threads,
                    rate,
                    added.get() / (seconds / 2),
                    without.length,
                    with.length);
            for (double percentile : new double[] {0.5, 0.9, 0.99}) {
                double a = without[(int) (percentile * without.length)];
                double b = with[(int) (percentile * with.length)];
                System.out.printf(
                        Locale.ROOT,
                        "  p%-3.0f %8.3f ms without, %8.3f ms with: %.2f x%n",
                        100 * percentile,
                        a * 1e3,
                        b * 1e3,
                        b / a);
            }
        }
    }

    private static double[] round(CacheIndex index, FloatBuffer query, double seconds) {
        double[] times = new double[1 << 16];
        int count = 0;
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < end && count < times.length) {
            long start = System.nanoTime();
            index.query(query, 60);
            times[count++] = (System.nanoTime() - start) / 1e9;
        }
        return Arrays.copyOf(times, count);
    }

    private static void write(
            CacheIndex index, SyntheticKeys synthetic, int rate, AtomicBoolean stop, AtomicLong added) {
        int batch = Math.max(1, rate / BATCHES_PER_SECOND);
        FloatBuffer rows = synthetic.queries(batch);
        int[] labels = new int[batch];
        for (int i = 0; i < batch; i++) {
            labels[i] = i % CLASSES;
        }
        long next = System.nanoTime();
        while (!stop.get()) {
            index.add(rows, labels);
            added.addAndGet(batch);
            next += 1_000_000_000L / BATCHES_PER_SECOND;
            LockSupport.parkNanos(next - System.nanoTime());
        }
    }

    private static double[] sorted(double[][] rounds) {
        return Arrays.stream(rounds).flatMapToDouble(Arrays::stream).sorted().toArray();
    }
}
