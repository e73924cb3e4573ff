package io.github.afterimage.cuda;

import io.github.afterimage.engine.Columns;
import io.github.afterimage.engine.Partial;
import io.github.afterimage.engine.Queries;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.Resources;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** A pass of class sums whose time counts, not its answer: random queries, one θ. */
final class TimedPass implements AutoCloseable {
    private static final float THETA = 90;

    private final List<Keys> keys;
    private final Queries queries;
    private final Partial target;

    TimedPass(List<Keys> keys, int batch, int classes) {
        this.keys = keys;
        SplittableRandom random = new SplittableRandom(2);
        FloatBuffer rows = FloatBuffer.allocate(batch * keys.get(0).dim());
        while (rows.hasRemaining()) {
            rows.put((random.nextInt() >>> 8) * 0x1p-24f);
        }
        queries = Queries.of(rows.flip(), 0, batch, keys.get(0).dim());
        queries.references(1);
        target = new Partial(new float[] {THETA}, queries, Columns.ofClasses(classes));
    }

    /** Returns the median of the device's milliseconds for the pass, after one that does not count. */
    double millis(CudaCaller caller, int repeats) {
        caller.classSums(keys, queries, target, () -> {});
        double[] millis = new double[repeats];
        for (int i = 0; i < repeats; i++) {
            caller.classSums(keys, queries, target, () -> {});
            millis[i] = caller.lastMillis();
        }
        Arrays.sort(millis);
        return millis[repeats / 2];
    }

    @Override
    public void close() {
        Resources.closeAll(target, queries);
    }
}
