package io.github.afterimage.bench;

import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import java.nio.FloatBuffer;
import org.openjdk.jmh.annotations.Param;

/**
 * Does reducing rows cost what it must: the product with a matrix what OpenBLAS's sgemm of that size costs, the Hadamard
 * transform what reading the rows costs? On one thread, which is what a call uses.
 */
public class ReduceBenchmark extends InterleavedBenchmark {
    private static final int ROWS = 512;

    @Param({"2048", "12288", "25088"})
    public int dim;

    @Param({"512", "1024"})
    public int reducedDim;

    @Override
    void prepare() {
        FloatBuffer source = new SyntheticKeys(dim, 10).queries(ROWS);
        NativeMemory rows = kept(NativeMemory.allocate((long) ROWS * dim * Float.BYTES));
        NativeMemory reduced = kept(NativeMemory.allocate((long) ROWS * reducedDim * Float.BYTES));
        floats(rows).put(source.duplicate());
        contender(kept(new Sgemm(reducedDim, dim, source, 1)));
        reduced("gaussian", Reduction.gaussian(reducedDim), rows, reduced);
        contender("read", kept(new MemoryReader(rows.bytes(), 1))::read);
        reduced("hadamard", Reduction.hadamard(reducedDim), rows, reduced);
        ofRate("gaussian", "sgemm");
        ofRate("hadamard", "read");
        figure("hadamardGigabytesPerSecond", () -> (double) ROWS * dim * Float.BYTES / mean("hadamard") / 1e9);
    }

    /** Adds a reduction; fails unless it roughly keeps the norm of unit rows. */
    private void reduced(String name, Reduction reduction, NativeMemory rows, NativeMemory reduced) {
        Reducer reducer = kept(reduction.reducer(dim, 1));
        reducer.reduce(floats(rows), floats(reduced));
        for (int row = 0; row < ROWS; row++) {
            double norm = 0;
            for (int i = 0; i < reducedDim; i++) {
                norm += Math.pow(floats(reduced).get(row * reducedDim + i), 2);
            }
            if (!(Math.abs(Math.sqrt(norm) - 1) < 0.4)) {
                throw new IllegalStateException(reduction + ": the norm of row " + row + " became " + Math.sqrt(norm));
            }
        }
        contender(name, () -> reducer.reduce(floats(rows), floats(reduced)));
    }

    private static FloatBuffer floats(NativeMemory memory) {
        return memory.buffer(0, Math.toIntExact(memory.bytes())).asFloatBuffer();
    }
}
