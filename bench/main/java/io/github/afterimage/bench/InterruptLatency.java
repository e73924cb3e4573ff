package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.Engine;
import io.github.afterimage.Engines;
import io.github.afterimage.answer.Query;
import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import org.HdrHistogram.Histogram;

/**
 * How long does an interrupted query go on? Every engine and kind of call, interrupted at random moments.
 * {@code java -cp target/benchmarks.jar io.github.afterimage.bench.InterruptLatency KEYS DIM BATCH [TYPE [TIMES]]}
 */
public final class InterruptLatency {
    private static final int CLASSES = 10;

    private InterruptLatency() {}

    /** @param args as above */
    public static void main(String[] args) throws Exception {
        int keys = Integer.parseInt(args[0]);
        int dim = Integer.parseInt(args[1]);
        int batch = Integer.parseInt(args[2]);
        ElementType type = ElementType.valueOf(args.length > 3 ? args[3] : "FLOAT32");
        int times = args.length > 4 ? Integer.parseInt(args[4]) : 20;
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        FloatBuffer rows = synthetic.queries(batch);
        Query query = Query.of(rows).thetas(ReferenceAnswer.THETA);
        try (CacheIndex index = synthetic.index(keys, builder -> builder.type(type))) {
            for (Engine engine : Engines.available()) {
                CacheReader view = index.withEngine(engine);
                measure(engine + " query", times, () -> view.answer(query));
                measure(
                        engine + " nearest",
                        times,
                        () -> view.answer(Query.of(rows).neighbors(10)));
                measure(engine + " gradient", times, () -> view.gradient(query, new float[batch * CLASSES]));
            }
        }
    }

    private static void measure(String name, int times, Runnable call) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(1);
        Histogram nanos = new Histogram(3);
        for (int i = 0; i < times; i++) {
            long[] cancelled = new long[1];
            Thread caller = new Thread(() -> {
                try {
                    call.run();
                } catch (CancellationException e) {
                    cancelled[0] = System.nanoTime();
                }
            });
            caller.start();
            Thread.sleep(20 + random.nextInt(300));
            long interrupted = System.nanoTime();
            caller.interrupt();
            caller.join();
            if (cancelled[0] != 0) { // the call had not ended
                nanos.recordValue(cancelled[0] - interrupted);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%s: %d interrupted, median %.1f ms, longest %.1f ms%n",
                name,
                nanos.getTotalCount(),
                nanos.getValueAtPercentile(50) / 1e6,
                nanos.getMaxValue() / 1e6);
    }
}
