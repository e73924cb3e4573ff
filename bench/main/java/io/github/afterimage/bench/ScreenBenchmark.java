package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CertifiedDistributions;
import io.github.afterimage.Distributions;
import io.github.afterimage.Query;
import io.github.afterimage.platform.NativeMemory;
import java.nio.FloatBuffer;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Measures the time of certified classes from a screen, as a share of the plain pass over float32 keys. */
public class ScreenBenchmark extends InterleavedBenchmark {
    private static final int CERTIFIED = 0;
    private static final int PLAIN = 1;
    private static final double THETA = 80;

    @Param("CIFAR")
    public Workload shape;

    @Param({"8", "4"})
    public int bits;

    @Param({"1", "4", "64"})
    public int batch;

    @Param({"1", "1e-3"})
    public double tolerance;

    @Param({"1", "2"})
    public int threads;

    private FloatBuffer queries;
    private CacheIndex index;

    /** Certified time over plain time, keys refined for a query, and the share of queries that the screen answered. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Ratios extends Counters {
        private double refinedKeys;
        private double byScreen;
        private double asked;

        @Override
        public void reset() {
            super.reset();
            refinedKeys = byScreen = asked = 0;
        }

        public double certifiedOverPlain() {
            return times.ratio(CERTIFIED, PLAIN);
        }

        public double meanRefined() {
            return refinedKeys / asked;
        }

        public double certified() {
            return byScreen / asked;
        }
    }

    @Setup
    public void makeKeys() {
        SyntheticKeys keys = shape.keys();
        queries = keys.queries(batch);
        index = keys.index(shape.size, builder -> builder.threads(threads).screen(bits));
    }

    @Benchmark
    public CertifiedDistributions ratio(Ratios ratios) {
        long start = System.nanoTime();
        Distributions plain = index.query(queries, THETA);
        long between = System.nanoTime();
        CertifiedDistributions certified =
                index.certified(Query.of(queries).thetas(THETA).tolerance(tolerance));
        ratios.times.add(CERTIFIED, (System.nanoTime() - between) / 1e9);
        ratios.times.add(PLAIN, (between - start) / 1e9);
        for (int query = 0; query < batch; query++) {
            if (certified.best(query) != plain.best(query)) {
                throw new IllegalStateException("query " + query + ": class " + certified.best(query)
                        + ", the plain pass says " + plain.best(query));
            }
            ratios.refinedKeys += certified.refined(query);
            ratios.byScreen += certified.byScreen(query) ? 1 : 0;
        }
        ratios.asked += batch;
        return certified;
    }

    @TearDown
    public void close() {
        index.close();
        if (NativeMemory.bytesInUse() != 0) {
            throw new IllegalStateException(NativeMemory.bytesInUse() + " bytes of native memory are left");
        }
    }
}
