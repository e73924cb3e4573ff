package io.github.afterimage.model.data;

import io.github.afterimage.CorruptDataException;
import io.github.afterimage.ElementType;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Features that another program computed, with labels and, optionally, a network's probabilities.
 *
 * <p>Reads {@code features:FILE} and {@code features:FILE#[FROM:TO]}. A safetensors or .npz file has the arrays
 * {@code features} (or {@code keys}), {@code labels}, {@code probabilities} or {@code logits}, {@code values}, which are
 * numbers beside the labels, and {@code weights} of keys. A file with values needs no labels; all of them are 0 then. For a .npy
 * file or a flat Faiss index, the other arrays are in .npy files in the same folder: {@code train.labels.npy} belongs to {@code
 * train.npy}.
 *
 * <pre>{@code
 * try (FeatureSet features = FeatureSet.open("features:train.npz#[0:45000]")) {
 *     FloatBuffer rows = FloatBuffer.allocate(256 * features.dim());
 *     features.read(0, 256, rows);
 * }
 * }</pre>
 *
 * <p>Guarantees: opening checks layout, lengths, labels and, for .npz, checksums. Rows are read from the file in blocks, and
 * its size is limited by the disk only. Features, values and weights are not checked to be finite.
 *
 * <p>Threads: safe for concurrent use.
 *
 * <p>Lifetime: holds its file open until closed. A range shares the file; closing a range does nothing. Reading after
 * closing throws {@link IllegalStateException}.
 */
public final class FeatureSet implements AutoCloseable {
    private static final String PREFIX = "features:";

    private final String name;
    private final FeatureArrays arrays;
    private final long from;
    private final long to;
    private final boolean ownsFile;

    private FeatureSet(String name, FeatureArrays arrays, long from, long to, boolean ownsFile) {
        this.name = name;
        this.arrays = arrays;
        this.from = from;
        this.to = to;
        this.ownsFile = ownsFile;
    }

    /** {@return whether a specification names features, not images} */
    public static boolean accepts(String specification) {
        return specification.startsWith(PREFIX);
    }

    /**
     * Opens features.
     *
     * @param specification {@code features:FILE} or {@code features:FILE#[FROM:TO]}
     * @throws IllegalArgumentException if the specification cannot be understood or its range is not within the data
     * @throws java.nio.file.NoSuchFileException if the file is missing
     * @throws CorruptDataException if the file is truncated, contradicts its format or lacks an array
     * @throws IOException if the file cannot be read
     */
    public static FeatureSet open(String specification) throws IOException {
        return open(specification, true);
    }

    /**
     * Opens features whose labels do not matter: the file need not have any, and all of them are 0. Otherwise as {@link #open}.
     */
    public static FeatureSet openUnlabelled(String specification) throws IOException {
        return open(specification, false);
    }

    private static FeatureSet open(String specification, boolean labels) throws IOException {
        Specification parsed = Specification.parse(specification);
        if (!accepts(specification)) {
            throw new IllegalArgumentException("data \"" + specification + "\" holds images: expected features:FILE");
        }
        parsed.requireNoSplit();
        FeatureArrays arrays = FeatureArrays.open(parsed.path(), labels);
        try {
            long end = parsed.requireEnd(arrays.labels().length);
            return new FeatureSet(specification, arrays, parsed.from(), end, true);
        } catch (RuntimeException | Error e) {
            arrays.file().close();
            throw e;
        }
    }

    /** {@return the specification that the set was opened with; for messages} */
    public String name() {
        return name;
    }

    /**
     * Gives the name of a row, which tells its origin: {@code train.npz row 17}, counted in the whole file.
     *
     * @param row 0 to size - 1
     * @return at most 1,024 bytes of UTF-8 without control characters
     * @throws IndexOutOfBoundsException if row is outside 0..size-1
     */
    public String rowName(long row) {
        return ExampleNames.row(arrays.path(), from + Objects.checkIndex(row, size()));
    }

    /** {@return the number of rows} */
    public long size() {
        return to - from;
    }

    /** {@return features per row} */
    public int dim() {
        return arrays.dim();
    }

    /** {@return the text of the reduction that made the features, if the file tells: that of {@code features --index}, or an index} */
    public Optional<String> reduction() {
        return Optional.ofNullable(arrays.file().metadata("reduction"));
    }

    /** {@return whether the labels are those of the file; all of them are 0 otherwise} */
    public boolean hasLabels() {
        return arrays.labelled();
    }

    /** {@return a copy of the labels, (size)} */
    public int[] labels() {
        return Arrays.copyOfRange(arrays.labels(), (int) from, (int) to);
    }

    /** {@return whether the file has weights} */
    public boolean hasWeights() {
        return arrays.weights().length > 0;
    }

    /**
     * Gives the weight that the key of a row gets.
     *
     * @return 1 if the file has no weights; not checked to be in range
     * @throws IndexOutOfBoundsException if row is outside 0..size-1
     */
    public float weight(long row) {
        long place = from + Objects.checkIndex(row, size());
        return hasWeights() ? arrays.weights()[(int) place] : 1;
    }

    /** {@return the number of classes of the probabilities or logits; empty if the file has neither} */
    public OptionalInt probabilityClasses() {
        return arrays.scores() == null ? OptionalInt.empty() : OptionalInt.of(arrays.classes());
    }

    /**
     * Reads rows of features to the target's position, which moves on.
     *
     * @param first the first row
     * @param count the number of rows
     * @param target receives {@code (count, dim)} float32 row-major; heap or direct
     * @throws IllegalArgumentException if the rows are not within 0..size, or the target is too small
     * @throws CorruptDataException if a row has a value that is not finite or is all zeros; names the row and the column
     * @throws IOException if the file cannot be read
     */
    public void read(long first, int count, FloatBuffer target) throws IOException {
        requireRows(first, count, dim(), target);
        arrays.readFeatures(from + first, count, target);
    }

    /**
     * Reads rows of probabilities to the target's position, which moves on. Converts logits by softmax, in double precision.
     *
     * @param first the first row
     * @param count the number of rows
     * @param target receives {@code (count, classes)} float32 row-major; heap or direct
     * @throws IllegalArgumentException if the rows are not within 0..size, or the target is too small
     * @throws IllegalStateException if the file has neither probabilities nor logits
     * @throws CorruptDataException if a probability is outside 0..1, a row does not sum to 1, or a logit is not finite
     * @throws IOException if the file cannot be read
     */
    public void readProbabilities(long first, int count, FloatBuffer target) throws IOException {
        if (arrays.scores() == null) {
            throw new IllegalStateException(name + " has no array \"probabilities\" or \"logits\"");
        }
        requireRows(first, count, arrays.classes(), target);
        arrays.readProbabilities(from + first, count, target);
    }

    /** {@return numbers of the value of a row; 0 if the file has no values} */
    public int valueWidth() {
        return arrays.valueWidth();
    }

    /** {@return float16 or bfloat16 if the values are such numbers, else float32} */
    public ElementType valueType() {
        return arrays.valueType();
    }

    /**
     * Reads rows of values to the target's position, which moves on.
     *
     * @param first the first row
     * @param count the number of rows
     * @param target receives {@code (count, valueWidth)} float32 row-major; heap or direct
     * @throws IllegalArgumentException if the rows are not within 0..size, or the target is too small
     * @throws IllegalStateException if the file has no values
     * @throws CorruptDataException if a value is not finite; names its row and column
     * @throws IOException if the file cannot be read
     */
    public void readValues(long first, int count, FloatBuffer target) throws IOException {
        if (arrays.values() == null) {
            throw new IllegalStateException(name + " has no array \"values\"");
        }
        requireRows(first, count, valueWidth(), target);
        arrays.readValues(from + first, count, target);
    }

    private void requireRows(long first, int count, long columns, FloatBuffer target) {
        if (first < 0 || count < 0 || count > size() - first) {
            throw new IllegalArgumentException(
                    "rows " + first + " to " + (first + count) + " of " + name + " are outside 0.." + size());
        }
        if (count * columns > target.remaining()) {
            throw new IllegalArgumentException(count + " rows of " + columns + " need room for " + count * columns
                    + " floats: the target has " + target.remaining());
        }
    }

    /**
     * Selects consecutive rows.
     *
     * @param first the first row
     * @param end one past the last row
     * @return a view that shares the file
     * @throws IllegalArgumentException if the range is empty or not within 0..size
     */
    public FeatureSet range(long first, long end) {
        Specification.requireRange(name, first, end, size());
        return new FeatureSet(name + " rows [" + first + ":" + end + "]", arrays, from + first, from + end, false);
    }

    /** Closes the file; does nothing for a range. */
    @Override
    public void close() throws IOException {
        if (ownsFile) {
            arrays.file().close();
        }
    }

    @Override
    public String toString() {
        return "FeatureSet[" + name + ", " + size() + " rows, dim " + dim() + "]";
    }
}
