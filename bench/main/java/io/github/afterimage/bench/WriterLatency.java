package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.answer.Query;
import io.github.afterimage.settings.Capacity;
import java.nio.FloatBuffer;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * How much slower is a query while keys come in? Rounds with and without a writer take turns; the index keeps its size by
 * a capacity, so that only the writing differs.
 * {@code java -cp target/benchmarks.jar io.github.afterimage.bench.WriterLatency KEYS DIM [KEYS_PER_SECOND [SECONDS]]}
 */
public final class WriterLatency {
    private static final int CLASSES = 10;
    private static final int ROUNDS = 6;
    /** Time between two changes: a service gathers what comes in 10 ms. */
    private static final int PERIOD_MILLIS = 10;

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
        FloatBuffer added = synthetic.queries(Math.max(1, rate * PERIOD_MILLIS / 1000));
        int[] labels = IntStream.range(0, added.remaining() / dim)
                .map(row -> row % CLASSES)
                .toArray();
        try (CacheIndex index = synthetic.index(
                keys, builder -> builder.capacity(Capacity.lastKeys(keys)).threads(threads))) {
            Load.Ask ask = () -> index.answer(Query.of(query).thetas(ReferenceAnswer.THETA));
            new Load().closed(1, seconds / 10, caller -> ask); // warms up
            Load without = new Load();
            Load with = new Load();
            long before = index.version();
            for (int round = 0; round < ROUNDS; round++) {
                without.closed(1, seconds / 2 / ROUNDS, caller -> ask);
                ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor();
                var unused = writer.scheduleAtFixedRate(
                        () -> index.add(KeyBatch.of(added, labels)), 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
                with.closed(1, seconds / 2 / ROUNDS, caller -> ask);
                writer.shutdown();
                writer.awaitTermination(1, TimeUnit.MINUTES);
            }
            System.out.printf(
                    Locale.ROOT,
                    "%d x %d, %d threads, %d keys/s written (%.0f measured), %d and %d queries%n",
                    keys,
                    dim,
                    threads,
                    rate,
                    (index.version() - before) * labels.length / with.seconds(),
                    without.nanos.getTotalCount(),
                    with.nanos.getTotalCount());
            for (double percentile : new double[] {50, 90, 99}) {
                double a = without.milliseconds(percentile);
                double b = with.milliseconds(percentile);
                System.out.printf(
                        Locale.ROOT, "  p%-3.0f %8.3f ms without, %8.3f ms with: %.2f x%n", percentile, a, b, b / a);
            }
        }
    }
}
