package io.github.afterimage.bench;

import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import java.nio.FloatBuffer;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Does reducing rows cost what it must: the product with a matrix what OpenBLAS's sgemm of that size costs, the Hadamard
 * transform what reading the rows costs? On one thread, which is what a call uses.
 */
public class ReduceBenchmark extends InterleavedBenchmark {
    private static final int GAUSSIAN = 0;
    private static final int SGEMM = 1;
    private static final int HADAMARD = 2;
    private static final int READ = 3;
    private static final int ROWS = 512;

    @Param({"2048", "12288", "25088"})
    public int dim;

    @Param({"512", "1024"})
    public int reducedDim;

    private Reducer gaussian;
    private Reducer hadamard;
    private Sgemm sgemm;
    private MemoryReader reader;
    private NativeMemory rows;
    private NativeMemory reduced;

    /** Rates as shares of the baselines', and of the Hadamard transform in GB of rows a second. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Ratios extends Counters {
        private double gigabytes;

        public double gaussianOfSgemmRate() {
            return times.ratio(SGEMM, GAUSSIAN);
        }

        public double hadamardOfReadRate() {
            return times.ratio(READ, HADAMARD);
        }

        public double hadamardGigabytesPerSecond() {
            return gigabytes / times.mean(HADAMARD);
        }
    }

    @Setup
    public void makeRows() {
        FloatBuffer source = new SyntheticKeys(dim, 10).queries(ROWS);
        rows = NativeMemory.allocate((long) ROWS * dim * Float.BYTES);
        reduced = NativeMemory.allocate((long) ROWS * reducedDim * Float.BYTES);
        floats(rows).put(source.duplicate());
        gaussian = Reduction.gaussian(reducedDim).reducer(dim, 1);
        hadamard = Reduction.hadamard(reducedDim).reducer(dim, 1);
        sgemm = new Sgemm(reducedDim, dim, source, 1);
        reader = new MemoryReader(rows.bytes(), 1);
        checkNorms(gaussian);
        checkNorms(hadamard);
    }

    /** Fails unless a random reduction roughly keeps the norm of unit rows. */
    private void checkNorms(Reducer reducer) {
        FloatBuffer target = floats(reduced);
        reducer.reduce(floats(rows), target);
        for (int row = 0; row < ROWS; row++) {
            double ratio = norm(target, row, reducedDim) / norm(floats(rows), row, dim);
            if (!(Math.abs(ratio - 1) < 0.4)) {
                throw new IllegalStateException(
                        reducer.reduction() + ": the norm of row " + row + " became " + ratio + " times what it was");
            }
        }
    }

    private static double norm(FloatBuffer rows, int row, int dim) {
        double sum = 0;
        for (int i = 0; i < dim; i++) {
            double value = rows.get(row * dim + i);
            sum += value * value;
        }
        return Math.sqrt(sum);
    }

    private static FloatBuffer floats(NativeMemory memory) {
        return memory.buffer(0, Math.toIntExact(memory.bytes())).asFloatBuffer();
    }

    @Benchmark
    public NativeMemory ratios(Ratios ratios) {
        ratios.gigabytes = rows.bytes() / 1e9;
        ratios.times.round();
        ratios.times.time(SGEMM, sgemm::run);
        ratios.times.time(GAUSSIAN, () -> gaussian.reduce(floats(rows), floats(reduced)));
        ratios.times.add(READ, reader.seconds());
        ratios.times.time(HADAMARD, () -> hadamard.reduce(floats(rows), floats(reduced)));
        return reduced;
    }

    @TearDown
    public void close() {
        gaussian.close();
        hadamard.close();
        sgemm.close();
        reader.close();
        rows.close();
        reduced.close();
    }
}
