package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.ElementType;
import io.github.afterimage.Query;
import java.nio.FloatBuffer;
import java.util.List;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Measures the time of sums over the nearest keys as a multiple of the plain pass, which sums up all keys. */
public class NearestBenchmark extends InterleavedBenchmark {
    private static final int ALL = 0;
    private static final int OF_20 = 1;
    private static final int OF_200 = 2;
    private static final int OF_FOUR = 3;
    private static final int BATCH = 256;
    private static final int CLASSES = 1000;
    private static final double THETA = 1 / 0.07;

    @Param({"100000", "500000"})
    public int keys;

    @Param("512")
    public int dim;

    @Param({"FLOAT32", "FLOAT16", "INT8"})
    public ElementType type;

    private FloatBuffer queries;
    private CacheIndex index;

    /** Times of one invocation as multiples of the plain pass. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Ratios extends Counters {
        public double of20OverAll() {
            return times.ratio(OF_20, ALL);
        }

        public double of200OverAll() {
            return times.ratio(OF_200, ALL);
        }

        public double of10And20And100And200OverAll() {
            return times.ratio(OF_FOUR, ALL);
        }
    }

    @Setup
    public void makeKeys() {
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        queries = synthetic.queries(BATCH);
        index = synthetic.index(keys, builder -> builder.type(type));
    }

    @Benchmark
    public List<List<Distributions>> ratios(Ratios ratios) {
        ratios.times.round();
        ratios.times.time(ALL, () -> index.query(queries, THETA));
        ratios.times.time(OF_20, () -> index.queryNearest(Query.of(queries).thetas(THETA), 20));
        ratios.times.time(OF_200, () -> index.queryNearest(Query.of(queries).thetas(THETA), 200));
        long start = System.nanoTime();
        List<List<Distributions>> last = index.queryNearest(Query.of(queries).thetas(THETA), 10, 20, 100, 200);
        ratios.times.add(OF_FOUR, (System.nanoTime() - start) / 1e9);
        return last;
    }

    @TearDown
    public void close() {
        index.close();
    }
}
