package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.ElementType;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.Query;
import io.github.afterimage.platform.NativeMemory;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Measures the time of estimated answers from a sketch, as a share of the plain pass over bfloat16 keys, and how often intervals
 * hold.
 */
public class SketchBenchmark extends InterleavedBenchmark {
    private static final int ESTIMATED = 0;
    private static final int PLAIN = 1;
    private static final double TOLERANCE = 0.01;
    /** Batches that are asked in turn. */
    private static final int BATCHES = 64;
    /** Maximum error of a probability of the plain pass. */
    private static final double ROUNDING = 2e-5;

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

    private FloatBuffer queries;
    private CacheIndex index;
    private int asked;

    /** Estimated time over plain time, keys read for a query, and shares of queries. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Ratios extends Counters {
        private double readKeys;
        private double answers;
        private double held;
        private double exact;

        @Override
        public void reset() {
            super.reset();
            readKeys = answers = held = exact = 0;
        }

        public double estimatedOverPlain() {
            return times.ratio(ESTIMATED, PLAIN);
        }

        public double meanRead() {
            return readKeys / answers;
        }

        public double covered() {
            return held / answers;
        }

        public double byPlainPass() {
            return exact / answers;
        }
    }

    @Setup
    public void makeKeys() throws IOException {
        SyntheticKeys made = new SyntheticKeys(dim, classes);
        queries = made.queries(BATCHES * batch);
        Path file = Files.createTempFile("keys", ".safetensors");
        try {
            try (CacheIndex building = made.index(keys, builder -> builder.type(ElementType.BFLOAT16))) {
                building.save(file);
            }
            index = CacheIndex.open(
                    file, new OpenOptions().sketch(components).threads(threads).load(true));
        } finally {
            Files.delete(file);
        }
        index.answer(Query.of(nextBatch()).thetas(theta).tolerance(TOLERANCE)); // measures half widths
    }

    private FloatBuffer nextBatch() {
        asked = (asked + 1) % BATCHES;
        return queries.slice(asked * batch * dim, batch * dim);
    }

    @Benchmark
    public Distributions ratio(Ratios ratios) {
        FloatBuffer rows = nextBatch();
        long start = System.nanoTime();
        Distributions plain = index.query(rows, theta);
        long between = System.nanoTime();
        Distributions estimated =
                index.answer(Query.of(rows).thetas(theta).tolerance(TOLERANCE)).distributions();
        ratios.times.add(ESTIMATED, (System.nanoTime() - between) / 1e9);
        ratios.times.add(PLAIN, (between - start) / 1e9);
        for (int query = 0; query < batch; query++) {
            ratios.readKeys += estimated.keysRead(query);
            ratios.held += error(estimated, plain, query) <= estimated.halfWidth(query) + ROUNDING ? 1 : 0;
            ratios.exact += estimated.keysRead(query) == index.size() ? 1 : 0;
        }
        ratios.answers += batch;
        return estimated;
    }

    private double error(Distributions estimated, Distributions exact, int query) {
        double error = 0;
        for (int c = 0; c < classes; c++) {
            error = Math.max(error, Math.abs(estimated.probability(query, c) - exact.probability(query, c)));
        }
        return error;
    }

    @TearDown
    public void close() {
        index.close();
        if (NativeMemory.bytesInUse() != 0) {
            throw new IllegalStateException(NativeMemory.bytesInUse() + " bytes of native memory are left");
        }
    }
}
