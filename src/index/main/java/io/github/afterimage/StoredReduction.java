package io.github.afterimage;

import io.github.afterimage.engine.Engine;
import io.github.afterimage.engine.Projection;
import io.github.afterimage.engine.QueryMemory;
import io.github.afterimage.engine.Workers;
import io.github.afterimage.reduce.Entries;
import io.github.afterimage.reduce.PrincipalComponents;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.store.IndexFile;
import io.github.afterimage.store.Memory;
import io.github.afterimage.store.UnitRows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** How an index reduces what it is given, and how that is written into its file: a description, and a matrix if learned. */
final class StoredReduction {
    private static final String REDUCTION = "reduction";
    private static final String DIM = "reduction.dim";
    private static final String ENERGY = "reduction.energy";
    /** Rows that are reduced together: enough for a product at full speed, few enough to share between threads. */
    private static final int LARGEST_BLOCK = 256;

    private static final int SMALLEST_BLOCK = 32;
    /** Bytes of a block, unless the smallest block takes more. */
    private static final long BLOCK_BYTES = 4L << 20;
    /** Multiplications of a block, where that leaves the smallest: some 40 ms, because an interrupted caller waits for one. */
    private static final long BLOCK_PRODUCTS = 1L << 30;

    private StoredReduction() {}

    static Map<String, String> attributes(Reducer reducer) {
        Map<String, String> attributes = new LinkedHashMap<>();
        if (reducer != null) {
            attributes.put(REDUCTION, reducer.reduction().toString());
            attributes.put(DIM, Integer.toString(reducer.inputDim()));
        }
        if (reducer instanceof PrincipalComponents components) {
            attributes.put(ENERGY, Double.toString(components.energy()));
        }
        return attributes;
    }

    /** The matrix that has to be saved: (outputDim, inputDim) row-major, or empty. */
    static float[] projection(Reducer reducer) {
        if (reducer instanceof PrincipalComponents components) {
            float[] rows = new float[components.rows().remaining()];
            components.rows().get(rows);
            return rows;
        }
        return new float[0];
    }

    /**
     * The reducer that a file describes, or null.
     *
     * @throws CorruptIndexException if the description cannot be that of the file's keys
     */
    static Reducer open(Path file, IndexFile.Contents contents, int threads) throws CorruptIndexException {
        Map<String, String> attributes = contents.attributes();
        if (!attributes.containsKey(REDUCTION)) {
            if (contents.projection().length > 0) {
                throw new CorruptIndexException(
                        file, "projection: there is one, and no \"reduction\" that describes it");
            }
            return null;
        }
        Reduction reduction = described(file, attributes);
        double inputDim = number(file, attributes, DIM, 1, Integer.MAX_VALUE);
        int dim = (int) inputDim;
        int keyDim = contents.keys().dim();
        if (reduction.dim() != keyDim || dim < keyDim || dim != inputDim) {
            throw new CorruptIndexException(
                    file,
                    "reduction: " + reduction + " of " + dim + " values, expected one to the " + keyDim
                            + " values of a key");
        }
        long expected = reduction.learned() ? (long) keyDim * dim : 0;
        if (contents.projection().length != expected) {
            throw new CorruptIndexException(
                    file,
                    "projection: " + contents.projection().length + " values, expected " + expected + " for "
                            + reduction + " of " + dim + " values");
        }
        return reduction.learned()
                ? PrincipalComponents.of(
                        reduction, dim, FloatBuffer.wrap(contents.projection()), number(file, attributes, ENERGY, 0, 1))
                : reduction.reducer(dim, threads);
    }

    private static Reduction described(Path file, Map<String, String> attributes) throws CorruptIndexException {
        try {
            Reduction reduction = Reduction.parse(attributes.get(REDUCTION));
            if (reduction.byTolerance()) {
                throw new IllegalArgumentException(reduction + ", expected one with a dimension");
            }
            return reduction;
        } catch (IllegalArgumentException e) {
            throw new CorruptIndexException(file, "reduction: " + e.getMessage());
        }
    }

    private static double number(Path file, Map<String, String> attributes, String name, double least, double greatest)
            throws CorruptIndexException {
        String text = String.valueOf(attributes.get(name));
        try {
            double value = Double.parseDouble(text);
            if (value >= least && value <= greatest) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Refused below, as a number that is out of range.
        }
        throw new CorruptIndexException(
                file, name + ": \"" + text + "\", expected a number in " + least + ".." + greatest);
    }

    /**
     * Rows as the index stores them: scaled to unit norm and reduced, or themselves where there is no reducer. An engine with
     * a device of its own multiplies there, if that is sooner.
     *
     * @param what what a row is, for messages
     */
    static FloatBuffer reduce(Reducer reducer, Engine engine, FloatBuffer rows, String what, Workers workers) {
        if (reducer == null) {
            return rows;
        }
        int dim = reducer.inputDim();
        int count = rows.remaining() / dim;
        int reducedDim = reducer.outputDim();
        FloatBuffer reduced = ByteBuffer.allocateDirect(
                        Math.multiplyExact(count, Math.multiplyExact(reducedDim, Float.BYTES)))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        if (onDevice(reducer, engine, rows, what, workers, reduced)) {
            return reduced;
        }
        int share = (count + workers.threads() - 1) / workers.threads();
        long mostRows = Math.min(mostRows(dim), BLOCK_PRODUCTS / ((long) dim * reducedDim));
        int block = (int) Math.max(SMALLEST_BLOCK, Math.min(share, mostRows));
        return QueryMemory.inTurn(() -> {
            workers.forEach((count + block - 1) / block, i -> {
                int first = i * block;
                int part = Math.min(block, count - first);
                try (Memory unit = Memory.allocateScratch((long) part * dim * Float.BYTES)) {
                    UnitRows.copy(rows, first, part, dim, unit, 0, what);
                    reducer.reduce(
                            unit.buffer(0, part * dim * Float.BYTES).asFloatBuffer(),
                            reduced.slice(first * reducedDim, part * reducedDim));
                }
            });
            return reduced;
        });
    }

    private static long mostRows(int dim) {
        return Math.max(SMALLEST_BLOCK, Math.min(LARGEST_BLOCK, BLOCK_BYTES / ((long) dim * Float.BYTES)));
    }

    /** Bytes that reducing takes on each thread: the rows of a block, and a row padded to twice its length for a transform. */
    static long scratchBytes(Reducer reducer) {
        return reducer == null ? 0 : (mostRows(reducer.inputDim()) + 2) * reducer.inputDim() * Float.BYTES;
    }

    private static boolean onDevice(
            Reducer reducer, Engine engine, FloatBuffer rows, String what, Workers workers, FloatBuffer reduced) {
        Optional<Entries> entries = engine.projects() ? reducer.entries() : Optional.empty();
        return entries.isPresent()
                && reducer.companion(Projection.class, () -> projection(reducer, entries.get()))
                        .apply(engine, workers, rows, what, reduced);
    }

    private static Projection projection(Reducer reducer, Entries entries) {
        return new Projection(
                reducer.inputDim(), reducer.outputDim(), entries.scale(), entries.gaussianSeed(), entries::fill);
    }
}
