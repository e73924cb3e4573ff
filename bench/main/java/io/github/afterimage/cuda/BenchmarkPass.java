package io.github.afterimage.cuda;

import io.github.afterimage.engine.Columns;
import io.github.afterimage.engine.Partial;
import io.github.afterimage.engine.Queries;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.Resources;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.SplittableRandom;

/** A pass over keys: random queries, references of 1, one θ, and the memory for the answer. */
final class BenchmarkPass implements AutoCloseable {
    private final Queries queries;
    private final Partial target;

    BenchmarkPass(int batch, int dim) {
        SplittableRandom random = new SplittableRandom(2);
        FloatBuffer rows = FloatBuffer.allocate(batch * dim);
        while (rows.hasRemaining()) {
            rows.put((float) random.nextDouble());
        }
        queries = Queries.of(rows.flip(), 0, batch, dim);
        queries.references(1);
        target = new Partial(new float[] {PassTimes.THETA}, queries, Columns.ofClasses(PassTimes.CLASSES));
    }

    void run(List<Keys> keys, CudaCaller caller) {
        caller.classSums(keys, queries, target, () -> {});
    }

    @Override
    public void close() {
        Resources.closeAll(target, queries);
    }
}
