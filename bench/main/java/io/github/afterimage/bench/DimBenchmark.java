package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import java.nio.FloatBuffer;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Measures the time of a query over the length of a key, beside a read of as many bytes and the bare sgemm. */
public class DimBenchmark extends InterleavedBenchmark {
    private static final int READ = 0;
    private static final int SGEMM = 1;
    private static final int ONE = 2;
    private static final int MANY = 3;
    private static final int CLASSES = 10;

    @Param({"16", "64", "256", "1024", "4096", "16384"})
    public int dim;

    @Param("20000")
    public int keys;

    private FloatBuffer one;
    private FloatBuffer many;
    private CacheIndex index;
    private MemoryReader reader;
    private Sgemm sgemm;

    /** Times of one call. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Costs extends Counters {
        public double readMicroseconds() {
            return times.mean(READ) * 1e6;
        }

        public double sgemmMicroseconds() {
            return times.mean(SGEMM) * 1e6;
        }

        public double batch1Microseconds() {
            return times.mean(ONE) * 1e6;
        }

        public double batch64Microseconds() {
            return times.mean(MANY) * 1e6;
        }

        public double batch1OverRead() {
            return times.ratio(ONE, READ);
        }

        public double batch64OverSgemm() {
            return times.ratio(MANY, SGEMM);
        }
    }

    @Setup
    public void makeKeys() {
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        one = synthetic.queries(1);
        many = synthetic.queries(64);
        index = synthetic.index(keys, builder -> builder);
        new ReferenceAnswer(index, many).error(index.engine().name(), index);
        reader = new MemoryReader((long) keys * dim * Float.BYTES, Machine.THREADS);
        sgemm = new Sgemm(keys, dim, many, Machine.THREADS);
    }

    @Benchmark
    public Distributions costs(Costs costs) {
        costs.times.round();
        Distributions[] last = new Distributions[1];
        costs.times.add(READ, reader.seconds());
        costs.times.time(ONE, () -> last[0] = index.query(one, ReferenceAnswer.THETA));
        costs.times.time(MANY, () -> last[0] = index.query(many, ReferenceAnswer.THETA));
        costs.times.time(SGEMM, sgemm::run);
        Sgemm.rest();
        return last[0];
    }

    @TearDown
    public void close() {
        index.close();
        reader.close();
        sgemm.close();
    }
}
