package io.github.afterimage.file;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Converts a reducer to the attributes and the tensors of an index file, and back. Only a learned reduction has tensors. */
public final class StoredReduction {
    private static final String REDUCTION = "reduction";
    private static final String INPUT_DIM = "reduction.dim";
    private static final String ENERGY = "reduction.energy";

    private StoredReduction() {}

    /** Returns the attributes that describe a reducer; none for null. */
    public static Map<String, String> attributes(@Nullable Reducer reducer) {
        Map<String, String> attributes = new LinkedHashMap<>();
        if (reducer != null) {
            attributes.put(REDUCTION, reducer.reduction().toString());
            attributes.put(INPUT_DIM, Integer.toString(reducer.inputDim()));
        }
        if (reducer instanceof LearnedReducer learned) {
            attributes.put(ENERGY, Double.toString(learned.energy()));
        }
        return attributes;
    }

    /** Returns the tensors to save. */
    public static ExtraTensors extra(@Nullable Reducer reducer) {
        return reducer instanceof LearnedReducer learned
                ? new ExtraTensors(learned.projection(), learned.whitening(), learned.offset())
                : ExtraTensors.NONE;
    }

    /**
     * Makes the reducer that a file describes; null if it describes none.
     *
     * @throws CorruptIndexException if the description does not fit the keys of the file
     */
    public static @Nullable Reducer open(Path file, IndexFile.Contents contents, int threads)
            throws CorruptIndexException {
        Map<String, String> attributes = contents.attributes();
        if (!attributes.containsKey(REDUCTION)) {
            requireLength(file, "projection", contents.extra().projection(), 0, "keys that are not reduced");
            requireLength(file, "whitening", contents.extra().whitening(), 0, "keys that are not reduced");
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
        ExtraTensors extra = contents.extra();
        boolean projects = reduction.learned() && !(reduction.whitens() && dim == keyDim);
        String of = reduction + " of " + dim + " values";
        requireLength(file, "projection", extra.projection(), projects ? (long) keyDim * dim : 0, of);
        requireLength(file, "whitening", extra.whitening(), reduction.whitens() ? (long) keyDim * keyDim : 0, of);
        if (!reduction.learned()) {
            return reduction.reducer(dim, threads);
        }
        double energy = number(file, attributes, ENERGY, 0, 1);
        return LearnedReducer.of(reduction, dim, extra.projection(), extra.whitening(), extra.offset(), energy);
    }

    private static void requireLength(Path file, String tensor, float[] values, long expected, String of)
            throws CorruptIndexException {
        if (values.length != expected) {
            throw new CorruptIndexException(
                    file, tensor + ": " + values.length + " values, expected " + expected + " for " + of);
        }
    }

    private static Reduction parse(Path file, Map<String, String> attributes) throws CorruptIndexException {
        try {
            return Reduction.parse(attributes.getOrDefault(REDUCTION, ""));
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
