package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Query;
import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;
import org.openjdk.jmh.annotations.Param;

/**
 * How close is one query to the rate of reading the keys, and a large batch to that of OpenBLAS's sgemm, which take turns with the
 * batches? Rates are those of the operator's product alone, so that they compare with sgemm's.
 */
public class RooflineBenchmark extends InterleavedBenchmark {
    private static final int[] BATCHES = {1, 2, 4, 8, 16, 32, 64, 128, 256};
    private static final int LARGEST = 256;
    private static final int CLASSES = 1000;

    @Param("100000")
    public int keys;

    @Param("2048")
    public int dim;

    @Param({"FLOAT32", "BFLOAT16", "INT8"})
    public ElementType type;

    @Override
    void prepare() {
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        CacheIndex index = kept(synthetic.index(keys, builder -> builder.type(type)));
        new ReferenceAnswer(index, synthetic.queries(4)).error("auto", index);
        long bytes = (long) keys * dim * type.bytes();
        contender("read", kept(new MemoryReader(bytes, Machine.THREADS))::read);
        double flop = 2.0 * keys * dim; // of one query
        for (int batch : BATCHES) {
            String name = "batch" + batch;
            FloatBuffer queries = synthetic.queries(batch);
            contender(name, () -> index.answer(Query.of(queries).thetas(ReferenceAnswer.THETA)));
            figure(name + "Gigaflops", () -> batch * flop / mean(name) / 1e9);
            if (batch > 1) {
                over(name, "batch1");
            }
        }
        contender(kept(new Sgemm(keys, dim, synthetic.queries(LARGEST), Machine.THREADS)));
        figure("sgemmGigaflops", () -> LARGEST * flop / mean("sgemm") / 1e9);
        figure("peakGigabytesPerSecond", () -> bytes / mean("read") / 1e9);
        ofRate("batch1", "read");
        over("batch256", "sgemm");
    }
}
