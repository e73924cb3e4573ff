package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.ElementType;
import io.github.afterimage.engine.Engines;
import java.nio.FloatBuffer;
import java.util.EnumMap;
import java.util.Map;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Is the whole operator faster than the matrix product that it contains? Each invocation times, one after the other, a
 * bare sgemm and the query in three element types, so that each ratio is of two runs seconds apart.
 */
public class KernelBenchmark extends InTurns {
    private static final ElementType[] TYPES = {ElementType.FLOAT32, ElementType.BFLOAT16, ElementType.INT8};
    private static final int BATCH = 256;
    private static final double THETA = 60;

    @Param({"IMAGENET", "CIFAR_SHORT", "CIFAR"})
    public Shape shape;

    @Param({"1", "2"})
    public int threads;

    private final Map<ElementType, CacheIndex> indexes = new EnumMap<>(ElementType.class);
    private FloatBuffer queries;
    private Sgemm sgemm;

    /** Times of one invocation as multiples of the sgemm's, averaged. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Ratios {
        private final double[] seconds = new double[TYPES.length];
        private double sgemmSeconds;

        /** Forgets the last iteration. */
        @Setup(Level.Iteration)
        public void reset() {
            sgemmSeconds = 0;
            java.util.Arrays.fill(seconds, 0);
        }

        public double float32OverSgemm() {
            return seconds[0] / sgemmSeconds;
        }

        public double bfloat16OverSgemm() {
            return seconds[1] / sgemmSeconds;
        }

        public double int8OverSgemm() {
            return seconds[2] / sgemmSeconds;
        }

        public double sgemmSeconds() {
            return sgemmSeconds;
        }
    }

    /** Makes keys and checks that the answers are right before anything is timed. */
    @Setup
    public void makeKeys() {
        SyntheticKeys keys = new SyntheticKeys(shape.dim, shape.classes);
        queries = keys.queries(BATCH);
        for (ElementType type : TYPES) {
            indexes.put(
                    type,
                    CacheIndex.builder(shape.dim, shape.classes)
                            .type(type)
                            .engine(Engines.named("fused"))
                            .threads(threads)
                            .expectedKeys(shape.size)
                            .build());
        }
        keys.fill(shape.size, indexes.values().toArray(new CacheIndex[0]));
        Distributions blas = indexes.get(ElementType.FLOAT32)
                .withEngine(Engines.named("blas"))
                .query(queries, THETA);
        indexes.forEach((type, index) -> Answers.check(type, index.query(queries, THETA), blas));
        sgemm = new Sgemm(shape.size, shape.dim, queries, threads);
    }

    @Benchmark
    public Distributions ratios(Ratios ratios) {
        ratios.sgemmSeconds += Seconds.of(sgemm::run);
        Sgemm.rest();
        Distributions last = null;
        for (int i = 0; i < TYPES.length; i++) {
            CacheIndex index = indexes.get(TYPES[i]);
            Distributions[] answer = new Distributions[1];
            ratios.seconds[i] += Seconds.of(() -> answer[0] = index.query(queries, THETA));
            last = answer[0];
        }
        return last;
    }

    @TearDown
    public void close() {
        indexes.values().forEach(CacheIndex::close);
        sgemm.close();
    }
}
