package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Query;
import java.nio.FloatBuffer;
import org.openjdk.jmh.annotations.Param;

/** Measures the time of a query over the length of a key, beside a read of as many bytes and the bare sgemm. */
public class DimBenchmark extends InterleavedBenchmark {
    private static final int CLASSES = 10;

    @Param({"16", "64", "256", "1024", "4096", "16384"})
    public int dim;

    @Param("20000")
    public int keys;

    @Override
    void prepare() {
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        FloatBuffer one = synthetic.queries(1);
        FloatBuffer many = synthetic.queries(64);
        CacheIndex index = kept(synthetic.index(keys, builder -> builder));
        new ReferenceAnswer(index, many).error("auto", index);
        contender("read", kept(new MemoryReader((long) keys * dim * Float.BYTES, Machine.THREADS))::read);
        contender("batch1", () -> index.answer(Query.of(one).thetas(ReferenceAnswer.THETA)));
        contender("batch64", () -> index.answer(Query.of(many).thetas(ReferenceAnswer.THETA)));
        contender(kept(new Sgemm(keys, dim, many, Machine.THREADS)));
        microseconds("read");
        microseconds("sgemm");
        microseconds("batch1");
        microseconds("batch64");
        over("batch1", "read");
        over("batch64", "sgemm");
    }
}
