package io.github.afterimage.model.data;

import io.github.afterimage.tensors.ArrayFile;
import io.github.afterimage.tensors.CorruptDataException;
import io.github.afterimage.tensors.NumericArray;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * Features made elsewhere, with labels and, optionally, the network's probabilities: {@code features:FILE} or
 * {@code features:FILE#[FROM:TO]}, a safetensors or .npz file with the arrays {@code features} (or {@code keys}),
 * {@code labels} and {@code probabilities}, or {@code logits} of which the softmax is taken; or a .npy file or flat Faiss index, with the others in .npy files beside it:
 * {@code train.labels.npy} goes with {@code train.npy}.
 *
 * <p>Guarantees: layout, lengths, labels and (of a .npz file) checksums are checked when it is opened; rows are read in
 * blocks from the file, so that its size is bounded by the disk only. Whether features are finite is not checked.
 *
 * <p>Threads: safe for concurrent use.
 *
 * <p>Lifetime: holds its file open until closed. A range shares the file; closing a range does nothing. Reading after
 * closing is an {@link IllegalStateException}.
 */
public final class FeatureSet implements AutoCloseable {
    private static final String PREFIX = "features:";
    // float16 probabilities of 1000 classes sum to 1 within 1e-3 or so.
    private static final double SUM_TOLERANCE = 1e-2;

    private final String name;
    private final Path file;
    private final ArrayFile owned; // null for a range
    private final NumericArray features;
    private final NumericArray scores; // probabilities or logits; null where there are none
    private final boolean logits;
    private final int[] labels; // of the whole file
    private final long from;
    private final long to;

    private FeatureSet(
            String name,
            Path file,
            ArrayFile owned,
            NumericArray features,
            NumericArray scores,
            boolean logits,
            int[] labels,
            long from,
            long to) {
        this.name = name;
        this.file = file;
        this.owned = owned;
        this.features = features;
        this.scores = scores;
        this.logits = logits;
        this.labels = labels;
        this.from = from;
        this.to = to;
    }

    /**
     * Tells features from images.
     *
     * @param specification any
     * @return whether it names features
     */
    public static boolean accepts(String specification) {
        return specification.startsWith(PREFIX);
    }

    /**
     * Opens features.
     *
     * @param specification {@code features:FILE} or {@code features:FILE#[FROM:TO]}
     * @return the set, which holds its file open
     * @throws IllegalArgumentException if the specification cannot be understood or its range is not within the data
     * @throws java.nio.file.NoSuchFileException if the file is missing
     * @throws CorruptDataException if the file is truncated, contradicts its format or lacks an array
     * @throws IOException if the file cannot be read
     */
    public static FeatureSet open(String specification) throws IOException {
        Specification parsed = Specification.parse(specification);
        if (!accepts(specification)) {
            throw new IllegalArgumentException("data \"" + specification + "\" holds images: expected features:FILE");
        }
        parsed.requireNoSplit();
        ArrayFile file =
                ArrayFile.open(parsed.path(), List.of("features", "labels", "probabilities", "logits", "keys"));
        try {
            NumericArray features = matrix(file.find("keys") == null ? file.require("features") : file.find("keys"));
            long size = features.shape()[0];
            int[] labels = file.requireLabels("labels", size);
            boolean logits = file.find("probabilities") == null;
            NumericArray scores = file.find(logits ? "logits" : "probabilities");
            if (scores != null) {
                requireScores(matrix(scores), labels);
            }
            return new FeatureSet(
                    specification,
                    parsed.path(),
                    file,
                    features,
                    scores,
                    logits,
                    labels,
                    parsed.from(),
                    parsed.requireEnd(size));
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static NumericArray matrix(NumericArray array) throws CorruptDataException {
        long[] shape = array.shape();
        if (shape.length != 2
                || shape[0] < 1
                || shape[1] < 1
                || array.type().integer
                || shape[0] > Integer.MAX_VALUE - 8
                || shape[1] > Integer.MAX_VALUE - 8) {
            throw new CorruptDataException(array.name() + " is " + array.type() + array.shapeText()
                    + ": expected floats of shape (rows, columns), with 1 to " + (Integer.MAX_VALUE - 8) + " of each"
                    + (array.type().integer ? "; convert it, as array.astype(\"float32\") does in NumPy" : ""));
        }
        return array;
    }

    private static void requireScores(NumericArray scores, int[] labels) throws CorruptDataException {
        long classes = scores.shape()[1];
        if (scores.shape()[0] != labels.length) {
            throw new CorruptDataException(scores.name() + " has shape " + scores.shapeText() + ": expected "
                    + labels.length + " rows, one for each row of features");
        }
        for (int row = 0; row < labels.length; row++) {
            if (labels[row] >= classes) {
                throw new CorruptDataException("label " + labels[row] + " at row " + row + " is outside 0.."
                        + (classes - 1) + ", the columns of " + scores.name());
            }
        }
    }

    /** {@return the specification it was opened with; for messages} */
    public String name() {
        return name;
    }

    /**
     * The name of a row, which says where it comes from: {@code train.npz row 17}, counted in the whole file.
     *
     * @param row 0 to size - 1
     * @return at most 1,024 bytes of UTF-8 without control characters
     * @throws IndexOutOfBoundsException if row is outside 0..size-1
     */
    public String rowName(long row) {
        return ExampleNames.row(file, from + Objects.checkIndex(row, size()));
    }

    /** {@return the number of rows} */
    public long size() {
        return to - from;
    }

    /** {@return features per row} */
    public int dim() {
        return (int) features.shape()[1];
    }

    /** {@return a copy of the labels, (size)} */
    public int[] labels() {
        return Arrays.copyOfRange(labels, (int) from, (int) to);
    }

    /** {@return how many classes the probabilities or logits have; empty where the file has none} */
    public OptionalInt probabilityClasses() {
        return scores == null ? OptionalInt.empty() : OptionalInt.of((int) scores.shape()[1]);
    }

    /**
     * Puts rows at the target's position, which moves on.
     *
     * @param first first row
     * @param count rows
     * @param target (count, dim) float32 row-major; heap or direct
     * @throws IllegalArgumentException if the rows are not within 0..size, or the target has no room
     * @throws IOException if the file cannot be read
     */
    public void read(long first, int count, FloatBuffer target) throws IOException {
        read(features, first, count, target);
    }

    /**
     * Puts rows of probabilities at the target's position, which moves on; of logits, the softmax, computed in double.
     *
     * @param first first row
     * @param count rows
     * @param target (count, classes) float32 row-major; heap or direct
     * @throws IllegalArgumentException if the rows are not within 0..size, or the target has no room
     * @throws IllegalStateException if the file has neither probabilities nor logits
     * @throws CorruptDataException if a probability is outside 0..1, a row does not sum to 1, or a logit is not finite
     * @throws IOException if the file cannot be read
     */
    public void readProbabilities(long first, int count, FloatBuffer target) throws IOException {
        if (scores == null) {
            throw new IllegalStateException(name + " has no array \"probabilities\" or \"logits\"");
        }
        int start = target.position();
        read(scores, first, count, target);
        int classes = (int) scores.shape()[1];
        for (int row = 0; row < count; row++) {
            FloatBuffer values = target.slice(start + row * classes, classes);
            if (logits) {
                softmax(from + first + row, values);
            } else {
                requireDistribution(from + first + row, values);
            }
        }
    }

    private void requireDistribution(long row, FloatBuffer values) throws CorruptDataException {
        double sum = 0;
        for (int column = 0; column < values.limit(); column++) {
            float value = values.get(column);
            sum += value >= 0f && value <= 1f ? value : Double.NaN;
        }
        if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) {
            throw new CorruptDataException("row " + row + " of " + scores.name()
                    + " is not a distribution: expected values in 0..1 that sum to 1; name the array \"logits\" if it"
                    + " holds those");
        }
    }

    private void softmax(long row, FloatBuffer values) throws CorruptDataException {
        double greatest = Double.NEGATIVE_INFINITY;
        for (int column = 0; column < values.limit(); column++) {
            float value = values.get(column);
            if (!Float.isFinite(value)) {
                throw new CorruptDataException(
                        "row " + row + " of " + scores.name() + " has " + value + ": expected finite logits");
            }
            greatest = Math.max(greatest, value);
        }
        double sum = 0;
        for (int column = 0; column < values.limit(); column++) {
            sum += Math.exp(values.get(column) - greatest);
        }
        for (int column = 0; column < values.limit(); column++) {
            values.put(column, (float) (Math.exp(values.get(column) - greatest) / sum));
        }
    }

    private void read(NumericArray array, long first, int count, FloatBuffer target) throws IOException {
        long columns = array.shape()[1];
        if (first < 0 || count < 0 || count > size() - first) {
            throw new IllegalArgumentException(
                    "rows " + first + " to " + (first + count) + " of " + name + " are outside 0.." + size());
        }
        if (count * columns > target.remaining()) {
            throw new IllegalArgumentException(count + " rows of " + columns + " need room for " + count * columns
                    + " floats: the target has " + target.remaining());
        }
        array.readRows(from + first, count, target);
    }

    /**
     * Some of the rows.
     *
     * @param first first row
     * @param end one past the last row
     * @return a view that shares the file
     * @throws IllegalArgumentException if the range is empty or not within 0..size
     */
    public FeatureSet range(long first, long end) {
        Specification.requireRange(name, first, end, size());
        return new FeatureSet(
                name + " rows [" + first + ":" + end + "]",
                file,
                null,
                features,
                scores,
                logits,
                labels,
                from + first,
                from + end);
    }

    /** Closes the file; a range has none of its own. */
    @Override
    public void close() throws IOException {
        if (owned != null) {
            owned.close();
        }
    }

    @Override
    public String toString() {
        return "FeatureSet[" + name + ", " + size() + " rows, dim " + dim() + "]";
    }
}
