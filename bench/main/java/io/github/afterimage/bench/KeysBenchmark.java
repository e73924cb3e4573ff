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

/** Measures the time of a query over the number of short keys, beside a read of as many bytes. */
public class KeysBenchmark extends InterleavedBenchmark {
    private static final int READ = 0;
    private static final int ONE = 1;
    private static final int SIXTEEN = 2;
    private static final int CLASSES = 10;

    @Param({"1000", "10000", "100000", "1000000", "10000000"})
    public int keys;

    @Param("32")
    public int dim;

    private FloatBuffer one;
    private FloatBuffer sixteen;
    private CacheIndex index;
    private MemoryReader reader;

    /** Times of one call. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Costs extends Counters {
        public double readMicroseconds() {
            return times.mean(READ) * 1e6;
        }

        public double batch1Microseconds() {
            return times.mean(ONE) * 1e6;
        }

        public double batch16Microseconds() {
            return times.mean(SIXTEEN) * 1e6;
        }

        public double batch1OverRead() {
            return times.ratio(ONE, READ);
        }
    }

    @Setup
    public void makeKeys() {
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        one = synthetic.queries(1);
        sixteen = synthetic.queries(16);
        index = synthetic.index(keys, builder -> builder);
        new ReferenceAnswer(index, sixteen).error(index.engine().name(), index);
        reader = new MemoryReader((long) keys * dim * Float.BYTES, Machine.THREADS);
    }

    @Benchmark
    public Distributions costs(Costs costs) {
        costs.times.round();
        costs.times.add(READ, reader.seconds());
        Distributions[] last = new Distributions[1];
        costs.times.time(ONE, () -> last[0] = index.query(one, ReferenceAnswer.THETA));
        costs.times.time(SIXTEEN, () -> last[0] = index.query(sixteen, ReferenceAnswer.THETA));
        return last[0];
    }

    @TearDown
    public void close() {
        index.close();
        reader.close();
    }
}
