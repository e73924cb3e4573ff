package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Engines;
import io.github.afterimage.answer.KeySet;
import io.github.afterimage.answer.Query;
import io.github.afterimage.settings.ElementType;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.openjdk.jmh.annotations.Param;

/**
 * Measures the time of a query that is restricted to a share of the keys as a multiple of the plain query's: to random keys by
 * their ids, and to the first classes by their labels, whose keys lie together.
 */
public class RestrictionBenchmark extends InterleavedBenchmark {
    private static final int CLASSES = 100;

    @Param("100000")
    public int keys;

    @Param("512")
    public int dim;

    @Param({"FLOAT32", "INT8"})
    public ElementType type;

    @Param({"1", "256"})
    public int batch;

    @Override
    void prepare() {
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        CacheIndex index =
                kept(synthetic.index(keys, builder -> builder.type(type).engine(Engines.named("fused"))));
        Query plain = Query.of(synthetic.queries(batch)).thetas(ReferenceAnswer.THETA);
        contender("plain", () -> index.answer(plain));
        for (double share : new double[] {1, 0.9, 0.5, 0.1, 0.01}) {
            restricted(index, "random" + share, plain.only(ids(share)));
            restricted(index, "classes" + share, plain.only(labels(share)));
        }
    }

    private void restricted(CacheIndex index, String name, Query query) {
        contender(name, () -> index.answer(query));
        over(name, "plain");
    }

    private KeySet ids(double share) {
        SplittableRandom random = new SplittableRandom(5);
        return KeySet.ids(LongStream.range(0, keys)
                .filter(id -> random.nextDouble() < share)
                .toArray());
    }

    private static KeySet labels(double share) {
        return KeySet.labels(
                IntStream.range(0, (int) Math.round(CLASSES * share)).toArray());
    }
}
