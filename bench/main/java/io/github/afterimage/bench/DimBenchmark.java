package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.ElementType;
import java.nio.FloatBuffer;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What does a longer key cost? Times over dim, with the read of as many bytes and the bare sgemm beside them. */
public class DimBenchmark extends InTurns {
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
    public static class Costs {
        private final Times times = new Times(4);

        /** Forgets the last iteration. */
        @Setup(Level.Iteration)
        public void reset() {
            times.reset();
        }

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
        index = CacheIndex.builder(dim, CLASSES)
                .threads(Threads.COUNT)
                .expectedKeys(keys)
                .build();
        synthetic.fill(keys, index);
        new Expected(index, many).error(index.engine().name(), ElementType.FLOAT32, index);
        reader = new MemoryReader((long) keys * dim * Float.BYTES, Threads.COUNT);
        sgemm = new Sgemm(keys, dim, many, Threads.COUNT);
    }

    @Benchmark
    public Distributions costs(Costs costs) {
        costs.times.round();
        Distributions[] last = new Distributions[1];
        costs.times.add(READ, reader.seconds());
        costs.times.add(ONE, Seconds.of(() -> last[0] = index.query(one, Expected.THETA)));
        costs.times.add(MANY, Seconds.of(() -> last[0] = index.query(many, Expected.THETA)));
        costs.times.add(SGEMM, Seconds.of(sgemm::run));
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
