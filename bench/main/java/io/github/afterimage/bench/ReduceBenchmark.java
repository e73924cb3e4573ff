package io.github.afterimage.bench;

import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
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
 * Does reducing rows cost what it must: the product with a matrix what OpenBLAS's sgemm of that size costs, the Hadamard
 * transform what reading the rows costs? On one thread, which is what a call uses.
 */
public class ReduceBenchmark extends InTurns {
    private static final int ROWS = 512;

    @Param({"2048", "12288", "25088"})
    public int dim;

    @Param({"512", "1024"})
    public int reducedDim;

    private Reducer gaussian;
    private Reducer hadamard;
    private Sgemm sgemm;
    private MemoryReader reader;
    private Memory rows;
    private Memory reduced;

    /** Rates as shares of the baselines', and of the Hadamard transform in GB of rows a second. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Ratios {
        private double gaussianSeconds;
        private double sgemmSeconds;
        private double hadamardSeconds;
        private double readSeconds;
        private double gigabytes;
        private int runs;

        /** Forgets the last iteration. */
        @Setup(Level.Iteration)
        public void reset() {
            gaussianSeconds = sgemmSeconds = hadamardSeconds = readSeconds = 0;
            runs = 0;
        }

        public double gaussianOfSgemmRate() {
            return sgemmSeconds / gaussianSeconds;
        }

        public double hadamardOfReadRate() {
            return readSeconds / hadamardSeconds;
        }

        public double hadamardGigabytesPerSecond() {
            return runs * gigabytes / hadamardSeconds;
        }
    }

    @Setup
    public void makeRows() {
        FloatBuffer source = new SyntheticKeys(dim, 10).queries(ROWS);
        rows = Memory.allocate((long) ROWS * dim * Float.BYTES);
        reduced = Memory.allocate((long) ROWS * reducedDim * Float.BYTES);
        floats(rows).put(source.duplicate());
        gaussian = Reduction.gaussian(reducedDim).reducer(dim, 1);
        hadamard = Reduction.hadamard(reducedDim).reducer(dim, 1);
        sgemm = new Sgemm(reducedDim, dim, source, 1);
        reader = new MemoryReader(rows.bytes(), 1);
        Answers.checkNorms(floats(rows), gaussian, floats(reduced));
        Answers.checkNorms(floats(rows), hadamard, floats(reduced));
    }

    private static FloatBuffer floats(Memory memory) {
        return memory.buffer(0, Math.toIntExact(memory.bytes())).asFloatBuffer();
    }

    @Benchmark
    public Memory ratios(Ratios ratios) {
        ratios.gigabytes = rows.bytes() / 1e9;
        ratios.runs++;
        ratios.sgemmSeconds += Seconds.of(sgemm::run);
        ratios.gaussianSeconds += Seconds.of(() -> gaussian.reduce(floats(rows), floats(reduced)));
        ratios.readSeconds += reader.seconds();
        ratios.hadamardSeconds += Seconds.of(() -> hadamard.reduce(floats(rows), floats(reduced)));
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
