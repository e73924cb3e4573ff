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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Is the whole operator faster than the matrix product that it contains? Each invocation times, one after the other, a
 * bare sgemm and the query in three element types, so that each ratio is of two runs seconds apart.
 */
public class KernelBenchmark extends InterleavedBenchmark {
    private static final ElementType[] TYPES = {ElementType.FLOAT32, ElementType.BFLOAT16, ElementType.INT8};
    private static final int SGEMM = TYPES.length;
    private static final int BATCH = 256;

    @Param({"IMAGENET", "CIFAR_SHORT", "CIFAR"})
    public Workload shape;

    @Param({"1", "2"})
    public int threads;

    private final Map<ElementType, CacheIndex> indexes = new EnumMap<>(ElementType.class);
    private FloatBuffer queries;
    private Sgemm sgemm;

    /** Times of one invocation as multiples of the sgemm's, averaged. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Ratios extends Counters {
        public double float32OverSgemm() {
            return times.ratio(0, SGEMM);
        }

        public double bfloat16OverSgemm() {
            return times.ratio(1, SGEMM);
        }

        public double int8OverSgemm() {
            return times.ratio(2, SGEMM);
        }

        public double sgemmSeconds() {
            return times.mean(SGEMM) * times.rounds();
        }
    }

    /** Makes keys and checks that the answers are right before anything is timed. */
    @Setup
    public void makeKeys() {
        SyntheticKeys keys = shape.keys();
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
        keys.forEach(shape.size, (rows, labels) -> indexes.values().forEach(index -> index.add(rows, labels)));
        Distributions blas = indexes.get(ElementType.FLOAT32)
                .withEngine(Engines.named("blas"))
                .query(queries, ReferenceAnswer.THETA);
        indexes.values().forEach(index -> ReferenceAnswer.check(index, blas, queries));
        sgemm = new Sgemm(shape.size, shape.dim, queries, threads);
    }

    @Benchmark
    public Distributions ratios(Ratios ratios) {
        ratios.times.round();
        ratios.times.time(SGEMM, sgemm::run);
        Sgemm.rest();
        Distributions[] last = new Distributions[1];
        for (int i = 0; i < TYPES.length; i++) {
            CacheIndex index = indexes.get(TYPES[i]);
            ratios.times.time(i, () -> last[0] = index.query(queries, ReferenceAnswer.THETA));
        }
        return last[0];
    }

    @TearDown
    public void close() {
        indexes.values().forEach(CacheIndex::close);
        sgemm.close();
    }
}
