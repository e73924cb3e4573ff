package io.github.afterimage.bench;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.ElementType;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.Query;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.Param;

/**
 * Measures the time of estimated answers from a sketch, as a share of the plain pass over bfloat16 keys, how many keys are read,
 * and how often intervals hold.
 */
public class SketchBenchmark extends InterleavedBenchmark {
    private static final double TOLERANCE = 0.01;
    /** Batches that are asked in turn. */
    private static final int BATCHES = 64;

    @Param({"100000", "400000", "1281167"})
    public int keys;

    @Param("512")
    public int dim;

    @Param("1000")
    public int classes;

    @Param("256")
    public int components;

    @Param("60")
    public double theta;

    @Param({"1", "16"})
    public int batch;

    @Param({"1", "2"})
    public int threads;

    private int asked;
    private Answer plain;
    private Answer estimated;
    private double readKeys;
    private double held;
    private double exact;

    @Override
    void reset() {
        super.reset();
        readKeys = held = exact = 0;
    }

    @Override
    void prepare() throws IOException {
        SyntheticKeys made = new SyntheticKeys(dim, classes);
        FloatBuffer queries = made.queries(BATCHES * batch);
        Path file = Files.createTempFile("keys", ".safetensors");
        CacheIndex index;
        try {
            try (CacheIndex building = made.index(keys, builder -> builder.type(ElementType.BFLOAT16))) {
                building.save(file);
            }
            index = kept(CacheIndex.open(
                    file, new OpenOptions().sketch(components).threads(threads).load(true)));
        } finally {
            Files.delete(file);
        }
        index.answer(query(queries).tolerance(TOLERANCE)); // measures half widths
        untimed(() -> asked = (asked + 1) % BATCHES);
        contender("plain", () -> plain = index.answer(query(queries)));
        contender("estimated", () -> estimated = index.answer(query(queries).tolerance(TOLERANCE)));
        untimed(() -> count(index.size()));
        milliseconds("plain");
        milliseconds("estimated");
        over("estimated", "plain");
        figure("meanRead", () -> readKeys / batch / rounds());
        double codes =
                index.statistics().sketchBytes() / (double) index.format().keyBytes() / keys;
        figure("bytesRead", () -> codes + readKeys / batch / rounds() / keys);
        figure("covered", () -> held / batch / rounds());
        figure("byPlainPass", () -> exact / batch / rounds());
    }

    private Query query(FloatBuffer queries) {
        return Query.of(queries.slice(asked * batch * dim, batch * dim)).thetas(theta);
    }

    private void count(long size) {
        for (int query = 0; query < batch; query++) {
            double error = ReferenceAnswer.difference(estimated, query, plain, query);
            readKeys += estimated.row(query).keysRead();
            held += error <= estimated.row(query).halfWidth() + ReferenceAnswer.ROUNDING ? 1 : 0;
            exact += estimated.row(query).keysRead() == size ? 1 : 0;
        }
    }
}
