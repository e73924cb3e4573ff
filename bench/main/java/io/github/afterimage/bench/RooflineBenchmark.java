package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.ElementType;
import io.github.afterimage.engine.Engines;
import java.nio.FloatBuffer;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * How close is each batch to what the machine can do, which is to read the keys once or to multiply and add, whichever
 * takes longer? Both are measured in each invocation, with OpenBLAS's sgemm beside them.
 */
public class RooflineBenchmark extends InterleavedBenchmark {
    private static final int[] BATCHES = {1, 2, 4, 8, 16, 32, 64, 128, 256};
    private static final int LARGEST = BATCHES.length - 1;
    private static final int READ = BATCHES.length;
    private static final int SGEMM = READ + 1;
    private static final int CLASSES = 1000;

    @Param("100000")
    public int keys;

    @Param("2048")
    public int dim;

    @Param({"FLOAT32", "BFLOAT16", "INT8"})
    public ElementType type;

    private final FloatBuffer[] queries = new FloatBuffer[BATCHES.length];
    private CacheIndex index;
    private MemoryReader reader;
    private PeakRate peaks;
    private Sgemm sgemm;

    /** Rates of the operator's product alone, so that they compare with sgemm's, and the peaks. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Rates extends Counters {
        private double flops;
        private double product; // operations of one query
        private double keyBytes;

        @Override
        public void reset() {
            super.reset();
            flops = 0;
        }

        private double gigaflops(int batch) {
            return BATCHES[batch] * product / times.mean(batch) / 1e9;
        }

        public double batch1Gigaflops() {
            return gigaflops(0);
        }

        public double batch2Gigaflops() {
            return gigaflops(1);
        }

        public double batch4Gigaflops() {
            return gigaflops(2);
        }

        public double batch8Gigaflops() {
            return gigaflops(3);
        }

        public double batch16Gigaflops() {
            return gigaflops(4);
        }

        public double batch32Gigaflops() {
            return gigaflops(5);
        }

        public double batch64Gigaflops() {
            return gigaflops(6);
        }

        public double batch128Gigaflops() {
            return gigaflops(7);
        }

        public double batch256Gigaflops() {
            return gigaflops(8);
        }

        public double peakGigaflops() {
            return flops / times.rounds() / 1e9;
        }

        public double sgemmGigaflops() {
            return BATCHES[LARGEST] * product / times.mean(SGEMM) / 1e9;
        }

        public double peakGigabytesPerSecond() {
            return keyBytes / times.mean(READ) / 1e9;
        }

        public double batch1OfReadRate() {
            return times.ratio(READ, 0);
        }

        public double batch16OverBatch1() {
            return times.ratio(4, 0);
        }

        public double batch256OverSgemm() {
            return times.ratio(LARGEST, SGEMM);
        }

        public double batch256OfPeak() {
            return batch256Gigaflops() / peakGigaflops();
        }
    }

    @Setup
    public void makeKeys() {
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        for (int i = 0; i < BATCHES.length; i++) {
            queries[i] = synthetic.queries(BATCHES[i]);
        }
        index = synthetic.index(keys, builder -> builder.type(type));
        FloatBuffer check = queries[4];
        Distributions blas = index.withEngine(Engines.named("blas")).query(check, ReferenceAnswer.THETA);
        ReferenceAnswer.check(index, blas, check);
        reader = new MemoryReader((long) keys * dim * type.bytes(), Machine.THREADS);
        peaks = new PeakRate(Machine.THREADS);
        sgemm = new Sgemm(keys, dim, queries[LARGEST], Machine.THREADS);
    }

    @Benchmark
    public Distributions rates(Rates rates) {
        rates.product = 2.0 * keys * dim;
        rates.keyBytes = (double) keys * dim * type.bytes();
        rates.times.round();
        rates.flops += peaks.flops();
        rates.times.add(READ, reader.seconds());
        Distributions[] last = new Distributions[1];
        for (int i = 0; i < BATCHES.length; i++) {
            FloatBuffer batch = queries[i];
            rates.times.time(i, () -> last[0] = index.query(batch, ReferenceAnswer.THETA));
        }
        rates.times.time(SGEMM, sgemm::run);
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
