package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.ElementType;
import io.github.afterimage.Query;
import io.github.afterimage.engine.Engine;
import io.github.afterimage.engine.Engines;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;

/**
 * How long does an interrupted query go on? Every engine and kind of call, interrupted at random moments.
 * {@code java -cp target/benchmarks.jar io.github.afterimage.bench.InterruptLatency KEYS DIM BATCH [TYPE [TIMES]]}
 */
public final class InterruptLatency {
    private static final int CLASSES = 10;

    private InterruptLatency() {}

    private interface Call {
        void on(CacheIndex index, FloatBuffer queries, int batch);
    }

    /** @param args as above */
    public static void main(String[] args) throws Exception {
        int keys = Integer.parseInt(args[0]);
        int dim = Integer.parseInt(args[1]);
        int batch = Integer.parseInt(args[2]);
        ElementType type = ElementType.valueOf(args.length > 3 ? args[3] : "FLOAT32");
        int times = args.length > 4 ? Integer.parseInt(args[4]) : 20;
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        FloatBuffer queries = synthetic.queries(batch);
        try (CacheIndex index = synthetic.index(keys, builder -> builder.type(type))) {
            for (Engine engine : Engines.available()) {
                CacheIndex view = index.withEngine(engine);
                measure(view, queries, batch, times, "query", (i, q, b) -> i.query(q, 60));
                measure(view, queries, batch, times, "nearest", (i, q, b) -> i.nearest(q, 10));
                measure(
                        view,
                        queries,
                        batch,
                        times,
                        "gradient",
                        (i, q, b) -> i.gradient(Query.of(q).thetas(60), new float[b * CLASSES]));
            }
        }
    }

    private static void measure(CacheIndex index, FloatBuffer queries, int batch, int times, String name, Call call)
            throws InterruptedException {
        SplittableRandom random = new SplittableRandom(1);
        double[] seconds = new double[times];
        int count = 0;
        for (int i = 0; i < times; i++) {
            long[] ended = new long[1];
            boolean[] cancelled = new boolean[1];
            Thread caller = new Thread(() -> {
                try {
                    call.on(index, queries, batch);
                } catch (CancellationException e) {
                    cancelled[0] = true;
                }
                ended[0] = System.nanoTime();
            });
            caller.start();
            Thread.sleep(20 + random.nextInt(300));
            long interrupted = System.nanoTime();
            caller.interrupt();
            caller.join();
            if (cancelled[0]) {
                seconds[count++] = (ended[0] - interrupted) / 1e9;
            }
        }
        double[] sorted = Arrays.copyOf(seconds, count);
        Arrays.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "%s %s: %d interrupted, median %.1f ms, longest %.1f ms%n",
                index.engine(),
                name,
                count,
                count == 0 ? Double.NaN : sorted[count / 2] * 1e3,
                count == 0 ? Double.NaN : sorted[count - 1] * 1e3);
    }
}
