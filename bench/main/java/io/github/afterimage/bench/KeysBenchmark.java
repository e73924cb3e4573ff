package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Query;
import java.nio.FloatBuffer;
import org.openjdk.jmh.annotations.Param;

/** Measures the time of a query over the number of short keys, beside a read of as many bytes. */
public class KeysBenchmark extends InterleavedBenchmark {
    private static final int CLASSES = 10;

    @Param({"1000", "10000", "100000", "1000000", "10000000"})
    public int keys;

    @Param("32")
    public int dim;

    @Override
    void prepare() {
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        FloatBuffer one = synthetic.queries(1);
        FloatBuffer sixteen = synthetic.queries(16);
        CacheIndex index = kept(synthetic.index(keys, builder -> builder));
        new ReferenceAnswer(index, sixteen).error("auto", index);
        contender("read", kept(new MemoryReader((long) keys * dim * Float.BYTES, Machine.THREADS))::read);
        contender("batch1", () -> index.answer(Query.of(one).thetas(ReferenceAnswer.THETA)));
        contender("batch16", () -> index.answer(Query.of(sixteen).thetas(ReferenceAnswer.THETA)));
        microseconds("read");
        microseconds("batch1");
        microseconds("batch16");
        over("batch1", "read");
    }
}
