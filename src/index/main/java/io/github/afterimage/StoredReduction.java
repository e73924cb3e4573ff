package io.github.afterimage;

import io.github.afterimage.reduce.PrincipalComponents;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.store.IndexFile;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Converts a reducer to the attributes and the matrix of an index file, and back. Only a learned reduction has a matrix. */
final class StoredReduction {
    private static final String REDUCTION = "reduction";
    private static final String INPUT_DIM = "reduction.dim";
    private static final String ENERGY = "reduction.energy";

    private StoredReduction() {}

    /** Returns the attributes that describe a reducer; none for null. */
    static Map<String, String> attributes(@Nullable Reducer reducer) {
        Map<String, String> attributes = new LinkedHashMap<>();
        if (reducer != null) {
            attributes.put(REDUCTION, reducer.reduction().toString());
            attributes.put(INPUT_DIM, Integer.toString(reducer.inputDim()));
        }
        if (reducer instanceof PrincipalComponents components) {
            attributes.put(ENERGY, Double.toString(components.energy()));
        }
        return attributes;
    }

    /** Returns the matrix to save, (outputDim, inputDim) row-major; empty if there is none. */
    static float[] projection(@Nullable Reducer reducer) {
        if (reducer instanceof PrincipalComponents components) {
            float[] rows = new float[components.rows().remaining()];
            components.rows().get(rows);
            return rows;
        }
        return new float[0];
    }

    /**
     * Makes the reducer that a file describes; null if it describes none.
     *
     * @throws CorruptIndexException if the description does not fit the keys of the file
     */
    static @Nullable Reducer open(Path file, IndexFile.Contents contents, int threads) throws CorruptIndexException {
        Map<String, String> attributes = contents.attributes();
        if (!attributes.containsKey(REDUCTION)) {
            if (contents.projection().length > 0) {
                throw new CorruptIndexException(file, "projection: present without a \"reduction\" that describes it");
            }
            return null;
        }
        Reduction reduction = parse(file, attributes);
        double inputDim = number(file, attributes, INPUT_DIM, 1, Integer.MAX_VALUE);
        int dim = (int) inputDim;
        if (dim != inputDim) {
            throw new CorruptIndexException(file, INPUT_DIM + ": " + inputDim + ", expected an integer");
        }
        int keyDim = contents.keys().dim();
        if (reduction.dim() != keyDim || dim < keyDim) {
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

    private static Reduction parse(Path file, Map<String, String> attributes) throws CorruptIndexException {
        try {
            Reduction reduction = Reduction.parse(attributes.getOrDefault(REDUCTION, ""));
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
}
