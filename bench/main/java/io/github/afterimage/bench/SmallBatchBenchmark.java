package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.ElementType;
import io.github.afterimage.engine.Engines;
import io.github.afterimage.platform.NativeMemory;
import java.nio.FloatBuffer;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Does one query cost what reading the keys costs, and how much more do 2, 4, 8 and 16? Each invocation reads as
 * much memory first, then queries with each batch.
 */
public class SmallBatchBenchmark extends InterleavedBenchmark {
    private static final int[] BATCHES = {1, 2, 4, 8, 16};
    private static final int READ = BATCHES.length;

    @Param({"IMAGENET", "CIFAR"})
    public Workload shape;

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
    public static class Ratios extends Counters {
        private double readBytes;

        public double batch1OfReadRate() {
            return times.ratio(READ, 0);
        }

        public double readGigabytesPerSecond() {
            return readBytes / times.mean(READ) / 1e9;
        }

        public double batch2OverBatch1() {
            return times.ratio(1, 0);
        }

        public double batch4OverBatch1() {
            return times.ratio(2, 0);
        }

        public double batch8OverBatch1() {
            return times.ratio(3, 0);
        }

        public double batch16OverBatch1() {
            return times.ratio(4, 0);
        }
    }

    @Setup
    public void makeKeys() {
        SyntheticKeys keys = shape.keys();
        for (int i = 0; i < BATCHES.length; i++) {
            queries[i] = keys.queries(BATCHES[i]);
        }
        index = keys.index(
                shape.size,
                builder -> builder.type(type).engine(Engines.named("fused")).threads(threads));
        FloatBuffer check = queries[BATCHES.length - 1];
        Distributions blas = index.withEngine(Engines.named("blas")).query(check, ReferenceAnswer.THETA);
        ReferenceAnswer.check(index, blas, check);
        reader = new MemoryReader((long) shape.size * shape.dim * type.bytes(), threads);
    }

    @Benchmark
    public Distributions ratios(Ratios ratios) {
        ratios.times.round();
        ratios.times.add(READ, reader.seconds());
        ratios.readBytes = reader.bytes();
        Distributions[] last = new Distributions[1];
        for (int i = 0; i < BATCHES.length; i++) {
            FloatBuffer batch = queries[i];
            ratios.times.time(i, () -> last[0] = index.query(batch, ReferenceAnswer.THETA));
        }
        return last[0];
    }

    @TearDown
    public void close() {
        index.close();
        reader.close();
        if (NativeMemory.bytesInUse() != 0) {
            throw new IllegalStateException(NativeMemory.bytesInUse() + " bytes of native memory are left");
        }
    }
}
