package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.ElementType;
import io.github.afterimage.engine.Engines;
import io.github.afterimage.store.Memory;
import java.nio.FloatBuffer;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Does one query cost what reading the keys costs, and how much more do 2, 4, 8 and 16? Each invocation reads as
 * much memory first, then queries with each batch.
 */
public class SmallBatchBenchmark extends InTurns {
    private static final int[] BATCHES = {1, 2, 4, 8, 16};

    @Param({"IMAGENET", "CIFAR"})
    public Shape shape;

    @Param({"FLOAT32", "BFLOAT16", "INT8"})
    public ElementType type;

    @Param({"1", "2"})
    public int threads;

    private final FloatBuffer[] queries = new FloatBuffer[BATCHES.length];
    private CacheIndex index;
    private MemoryReader reader;

    /** Of one query: its share of the read rate; of more: their time as a multiple of one's. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Ratios {
        private final double[] seconds = new double[BATCHES.length];
        private double readSeconds;
        private double readBytes;

        /** Forgets the last iteration. */
        @Setup(Level.Iteration)
        public void reset() {
            readSeconds = 0;
            readBytes = 0;
            java.util.Arrays.fill(seconds, 0);
        }

        public double batch1OfReadRate() {
            return readSeconds / seconds[0];
        }

        public double readGigabytesPerSecond() {
            return readBytes / readSeconds / 1e9;
        }

        public double batch2OverBatch1() {
            return seconds[1] / seconds[0];
        }

        public double batch4OverBatch1() {
            return seconds[2] / seconds[0];
        }

        public double batch8OverBatch1() {
            return seconds[3] / seconds[0];
        }

        public double batch16OverBatch1() {
            return seconds[4] / seconds[0];
        }
    }

    @Setup
    public void makeKeys() {
        SyntheticKeys keys = new SyntheticKeys(shape.dim, shape.classes);
        for (int i = 0; i < BATCHES.length; i++) {
            queries[i] = keys.queries(BATCHES[i]);
        }
        index = CacheIndex.builder(shape.dim, shape.classes)
                .type(type)
                .engine(Engines.named("fused"))
                .threads(threads)
                .expectedKeys(shape.size)
                .build();
        keys.fill(shape.size, index);
        FloatBuffer check = queries[BATCHES.length - 1];
        Answers.check(
                type,
                index.query(check, 60),
                index.withEngine(Engines.named("blas")).query(check, 60));
        reader = new MemoryReader((long) shape.size * shape.dim * type.bytes(), threads);
    }

    @Benchmark
    public Distributions ratios(Ratios ratios) {
        ratios.readSeconds += reader.seconds();
        ratios.readBytes += reader.bytes();
        Distributions last = null;
        for (int i = 0; i < BATCHES.length; i++) {
            long start = System.nanoTime();
            last = index.query(queries[i], 60);
            ratios.seconds[i] += (System.nanoTime() - start) / 1e9;
        }
        return last;
    }

    @TearDown
    public void close() {
        index.close();
        reader.close();
        if (Memory.bytesInUse() != 0) {
            throw new IllegalStateException(Memory.bytesInUse() + " bytes of native memory are left");
        }
    }
}
