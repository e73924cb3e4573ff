package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.ElementType;
import io.github.afterimage.Query;
import org.openjdk.jmh.annotations.Param;

/** Measures the time of sums over the nearest keys as a multiple of the plain pass, which sums up all keys. */
public class NearestBenchmark extends InterleavedBenchmark {
    private static final int BATCH = 256;
    private static final int CLASSES = 1000;
    private static final double THETA = 1 / 0.07;

    @Param({"100000", "500000"})
    public int keys;

    @Param("512")
    public int dim;

    @Param({"FLOAT32", "FLOAT16", "INT8"})
    public ElementType type;

    @Override
    void prepare() {
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        Query query = Query.of(synthetic.queries(BATCH)).thetas(THETA);
        CacheIndex index = kept(synthetic.index(keys, builder -> builder.type(type)));
        contender("all", () -> index.answer(query));
        contender("of20", () -> index.answer(query.nearest(20)));
        contender("of200", () -> index.answer(query.nearest(200)));
        contender("of10And20And100And200", () -> index.answer(query.nearest(10, 20, 100, 200)));
        over("of20", "all");
        over("of200", "all");
        over("of10And20And100And200", "all");
    }
}
