package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.engine.Engines;
import java.nio.FloatBuffer;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Which engine is fastest, and is it the one that {@code auto} takes? On the same keys, in turns. */
public class EnginesBenchmark extends InterleavedBenchmark {
    private static final String[] NAMES = {"blas", "auto", "fused", "reference"};

    @Param("CIFAR_SHORT")
    public Workload shape;

    @Param({"1", "16"})
    public int batch;

    private final CacheIndex[] views = new CacheIndex[NAMES.length];
    private final double[] errors = new double[NAMES.length];
    private FloatBuffer queries;
    private CacheIndex index;

    /** Times as multiples of that of {@code blas}, and the largest |Δp|. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Ratios extends Counters {
        private double[] errors = new double[NAMES.length];

        public double blasMilliseconds() {
            return times.mean(0) * 1e3;
        }

        public double autoOverBlas() {
            return times.ratio(1, 0);
        }

        public double fusedOverBlas() {
            return times.ratio(2, 0);
        }

        public double referenceOverBlas() {
            return times.ratio(3, 0);
        }

        public double blasError() {
            return errors[0];
        }

        public double autoError() {
            return errors[1];
        }

        public double fusedError() {
            return errors[2];
        }
    }

    @Setup
    public void makeKeys() {
        SyntheticKeys keys = shape.keys();
        queries = keys.queries(batch);
        index = keys.index(shape.size, builder -> builder);
        ReferenceAnswer expected = new ReferenceAnswer(index, queries);
        for (int i = 0; i < NAMES.length; i++) {
            views[i] = index.withEngine(Engines.named(NAMES[i]));
            errors[i] = expected.error(NAMES[i], views[i]);
        }
    }

    @Benchmark
    public Distributions ratios(Ratios ratios) {
        ratios.errors = errors;
        ratios.times.round();
        Distributions[] last = new Distributions[1];
        for (int i = 0; i < NAMES.length; i++) {
            CacheIndex view = views[i];
            ratios.times.time(i, () -> last[0] = view.query(queries, ReferenceAnswer.THETA));
        }
        return last[0];
    }

    @TearDown
    public void close() {
        index.close();
    }
}
