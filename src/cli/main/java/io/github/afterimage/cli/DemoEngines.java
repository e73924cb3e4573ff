package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.ElementType;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.experiments.EngineComparison;
import io.github.afterimage.experiments.EngineTiming;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.model.data.FeatureSet;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;

/**
 * The third act of {@code demo}: the engines side by side.
 *
 * @param queries the number that each was timed with
 */
record DemoEngines(int queries, List<EngineTiming> timings) {
    /** As few as keep the reference below a second or two; the other engines are near their best rate. */
    private static final int QUERIES = 64;

    /** From models/README.md. */
    private static final String FLOAT32 =
            " For the index of this project, float32 keys make as many errors and are no faster (models/README.md, Accuracy).";

    static DemoEngines measure(CacheIndex index, FeatureSet test) throws IOException {
        int queries = (int) Math.min(QUERIES, test.size());
        FloatBuffer features = FloatBuffer.allocate(Math.multiplyExact(queries, test.dim()));
        test.read(test.size() - queries, queries, features);
        CacheIndex compared = test.dim() == index.dim() ? index : index.withoutReduction();
        double theta = Hyperparameters.of(index).theta();
        return new DemoEngines(queries, EngineComparison.compare(compared, features.flip(), theta));
    }

    /** Tells what int8 keys cost; empty for an index with others. */
    static Optional<String> int8Words(CacheIndex index) {
        if (index.type() != ElementType.INT8) {
            return Optional.empty();
        }
        long values = index.size() * index.keyDim();
        return Optional.of("The keys are int8: " + Format.bytes(values + index.size() * Float.BYTES)
                + ", where float32 would take " + Format.bytes(values * Float.BYTES) + "." + FLOAT32);
    }

    double queriesPerSecond(EngineTiming engine) {
        return Format.perSecond(queries, engine.seconds());
    }
}
