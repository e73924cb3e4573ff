package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Engines;
import io.github.afterimage.Query;
import java.nio.FloatBuffer;
import org.openjdk.jmh.annotations.Param;

/** Which engine is fastest, and is it the one that {@code auto} takes? On the same keys, in turns. */
public class EnginesBenchmark extends InterleavedBenchmark {
    @Param("CIFAR_SHORT")
    public Workload shape;

    @Param({"1", "16"})
    public int batch;

    @Override
    void prepare() {
        SyntheticKeys keys = shape.keys();
        FloatBuffer queries = keys.queries(batch);
        CacheIndex index = kept(keys.index(shape.size, builder -> builder));
        ReferenceAnswer expected = new ReferenceAnswer(index, queries);
        milliseconds("blas");
        for (String name : new String[] {"blas", "auto", "fused", "reference"}) {
            CacheIndex view = index.withEngine(Engines.named(name));
            double error = expected.error(name, view);
            contender(name, () -> view.answer(Query.of(queries).thetas(ReferenceAnswer.THETA)));
            figure(name + "Error", () -> error);
            if (!name.equals("blas")) {
                over(name, "blas");
            }
        }
    }
}
