package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.tensors.ArrayFile;
import io.github.afterimage.tensors.NumericArray;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Features that another program computed, with labels and, optionally, a network's probabilities.
 *
 * <p>Reads {@code features:FILE} and {@code features:FILE#[FROM:TO]}. A safetensors or .npz file has the arrays
 * {@code features} (or {@code keys}), {@code labels}, {@code probabilities} or {@code logits}, those for the mirror images, {@code
 * mirror_probabilities} or {@code mirror_logits}, and may have {@code names} and {@code name_ends}, as an index file does. For a .npy
 * file, the other arrays are in .npy files in the same folder: {@code train.labels.npy} belongs to {@code
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
 * its size is limited by the disk only. Features are not checked to be finite.
 *
 * <p>Threads: safe for concurrent use.
 *
 * <p>Lifetime: holds its file open until closed. A view shares the file; closing a view does nothing. Reading after
 * closing throws {@link IllegalStateException}.
 */
public final class FeatureSet implements AutoCloseable {
    private static final String PREFIX = "features:";
    // float16 probabilities of 1000 classes sum to 1 within 1e-3 or so.
    private static final double SUM_TOLERANCE = 1e-2;
    /** The beginnings of the names of the arrays of scores: of the images, and of their mirror images. */
    private static final List<String> VIEWS = List.of("", "mirror_");

    private final Specification specification;
    private final Content content;
    private final int[] rows; // of the file
    private final boolean ownsFile;

    /** The scores of the classes for a view of each example. */
    private record Scores(NumericArray array, boolean logits) {}

    /**
     * The arrays of a file.
     *
     * @param scores of the images, and then of their mirror images; empty if the file has none
     * @param labels of all rows of the file; zeros if it has none
     * @param names of all rows of the file; null if it has none
     */
    private record Content(
            ArrayFile file, NumericArray features, List<Scores> scores, int[] labels, String @Nullable [] names) {
        /** @param wanted whether the labels matter; the file must have them then */
        static Content of(ArrayFile file, boolean wanted) throws IOException {
            NumericArray features = matrix(file.find("keys") == null ? file.require("features") : file.find("keys"));
            int[] labels =
                    wanted ? file.requireLabels("labels", features.shape()[0]) : new int[(int) features.shape()[0]];
            List<Scores> scores = new ArrayList<>();
            for (String view : VIEWS) {
                boolean logits = file.find(view + "probabilities") == null;
                NumericArray array = file.find(view + (logits ? "logits" : "probabilities"));
                if (array == null) {
                    break;
                }
                requireScores(matrix(array), labels);
                scores.add(new Scores(array, logits));
            }
            if (scores.size() == VIEWS.size()) {
                requireEqualClasses(scores.get(0).array, scores.get(1).array);
            }
            return new Content(file, features, List.copyOf(scores), labels, file.names(labels.length));
        }
    }

    private FeatureSet(Specification specification, Content content, int[] rows, boolean ownsFile) {
        this.specification = specification;
        this.content = content;
        this.rows = rows;
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
        ArrayFile file = ArrayFile.open(parsed.path(), ArrayFile.FEATURES);
        return Resources.guarded(file, () -> {
            Content content = Content.of(file, labels);
            int end = (int) parsed.requireEnd(content.labels.length);
            return new FeatureSet(
                    parsed, content, IntStream.range((int) parsed.from(), end).toArray(), true);
        });
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
                    + remedy(array));
        }
        return array;
    }

    private static String remedy(NumericArray array) {
        if (array.type().integer) {
            return "; convert it, as array.astype(\"float32\") does in NumPy";
        }
        return array.shape().length > 0 && array.shape()[0] == 0
                ? "; if this is an index in parts, which have its keys, export it"
                : "";
    }

    private static void requireScores(NumericArray scores, int[] labels) throws CorruptDataException {
        requireRows(scores, labels.length);
        long classes = scores.shape()[1];
        for (int row = 0; row < labels.length; row++) {
            if (labels[row] >= classes) {
                throw new CorruptDataException("label " + labels[row] + " at row " + row + " is outside 0.."
                        + (classes - 1) + ", the columns of " + scores.name());
            }
        }
    }

    private static void requireEqualClasses(NumericArray images, NumericArray mirrors) throws CorruptDataException {
        if (images.shape()[1] != mirrors.shape()[1]) {
            throw new CorruptDataException(mirrors.name() + " has shape " + mirrors.shapeText() + ": expected "
                    + images.shapeText() + ", as " + images.name() + " has");
        }
    }

    private static void requireRows(NumericArray array, int rows) throws CorruptDataException {
        if (array.shape()[0] != rows) {
            throw new CorruptDataException(array.name() + " has shape " + array.shapeText() + ": expected " + rows
                    + " rows, one for each row of features");
        }
    }

    /** {@return the specification that the set was opened with; for messages} */
    public String name() {
        return specification.text();
    }

    /**
     * Gives the name of a row, which tells its origin: that which the file has for it, as {@code features} writes them, or {@code
     * train.npz row 17}, counted in the whole file.
     *
     * @param row 0 to size - 1
     * @return at most 1,024 bytes of UTF-8 without control characters
     * @throws IndexOutOfBoundsException if row is outside 0..size-1
     */
    public String rowName(int row) {
        String name = content.names == null ? "" : content.names[rows[row]];
        return name.isEmpty() ? specification.rowName(rows[row]) : Specification.printable(name);
    }

    /** {@return the number of rows} */
    public int size() {
        return rows.length;
    }

    /** {@return features per row} */
    public int dim() {
        return (int) content.features.shape()[1];
    }

    /** {@return the text of the reduction that made the features, if the file tells: that of {@code features --index}, or an index} */
    public Optional<String> reduction() {
        return Optional.ofNullable(content.file.metadata("reduction"));
    }

    /** {@return a copy of the labels, (size)} */
    public int[] labels() {
        return IntStream.of(rows).map(row -> content.labels[row]).toArray();
    }

    /**
     * Gives the label of a row.
     *
     * @throws IndexOutOfBoundsException if row is outside 0..size-1
     */
    public int label(int row) {
        return content.labels[rows[row]];
    }

    /** {@return the number of classes of the probabilities or logits; empty if the file has neither} */
    public OptionalInt probabilityClasses() {
        return content.scores.isEmpty()
                ? OptionalInt.empty()
                : OptionalInt.of((int) content.scores.get(0).array.shape()[1]);
    }

    /** {@return the views of an example for which there are probabilities or logits: 0, 1 or, with mirror images, 2} */
    public int views() {
        return content.scores.size();
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
    public void read(int first, int count, FloatBuffer target) throws IOException {
        read(content.features, first, count, target, (row, values) -> {
            requireFinite(content.features, row, values);
            if (isZero(values)) {
                throw new CorruptDataException("row " + row + " of " + content.features.name()
                        + " is all zeros and has no direction: remove it");
            }
        });
    }

    private static boolean isZero(FloatBuffer values) {
        for (int column = 0; column < values.limit(); column++) {
            if (values.get(column) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Checks or converts a row that was read. */
    private interface Check {
        void accept(int row, FloatBuffer values) throws CorruptDataException;
    }

    /** Reads runs of consecutive rows at once. */
    private void read(NumericArray array, int first, int count, FloatBuffer target, Check check) throws IOException {
        int columns = (int) array.shape()[1];
        if (first < 0 || count < 0 || count > size() - first) {
            throw new IllegalArgumentException(
                    "rows " + first + " to " + ((long) first + count) + " of " + name() + " are outside 0.." + size());
        }
        if ((long) count * columns > target.remaining()) {
            throw new IllegalArgumentException(count + " rows of " + columns + " need room for "
                    + (long) count * columns + " floats: the target has " + target.remaining());
        }
        int start = target.position();
        for (int i = first, end; i < first + count; i = end) {
            for (end = i + 1; end < first + count && rows[end] == rows[end - 1] + 1; ) {
                end++;
            }
            array.readRows(rows[i], end - i, target);
        }
        for (int i = 0; i < count; i++) {
            check.accept(rows[first + i], target.slice(start + i * columns, columns));
        }
    }

    private static void requireFinite(NumericArray array, int row, FloatBuffer values) throws CorruptDataException {
        for (int column = 0; column < values.limit(); column++) {
            if (!Float.isFinite(values.get(column))) {
                throw new CorruptDataException("row " + row + " of " + array.name() + " has " + values.get(column)
                        + " at column " + column + ": every value must be finite");
            }
        }
    }

    /**
     * Reads rows of probabilities to the target's position, which moves on. Converts logits by softmax, in double precision.
     *
     * @param view 0 for the images, 1 for their mirror images
     * @param first the first row
     * @param count the number of rows
     * @param target receives {@code (count, classes)} float32 row-major; heap or direct
     * @throws IllegalArgumentException if the rows are not within 0..size, or the target is too small
     * @throws IndexOutOfBoundsException if there is no such view
     * @throws CorruptDataException if a probability is outside 0..1, a row does not sum to 1, or a logit is not finite
     * @throws IOException if the file cannot be read
     */
    public void readProbabilities(int view, int first, int count, FloatBuffer target) throws IOException {
        NumericArray array = content.scores.get(view).array;
        boolean logits = content.scores.get(view).logits;
        read(array, first, count, target, (row, values) -> {
            if (logits) {
                requireFinite(array, row, values);
                double[] probabilities = Softmax.of(values);
                for (int c = 0; c < probabilities.length; c++) {
                    values.put(c, (float) probabilities[c]);
                }
            } else {
                requireDistribution(array, row, values);
            }
        });
    }

    private static void requireDistribution(NumericArray scores, int row, FloatBuffer values)
            throws CorruptDataException {
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

    /**
     * Selects rows by their numbers.
     *
     * @param chosen numbers from 0 to size - 1, in any order
     * @return a view that shares the file
     */
    public FeatureSet select(int[] chosen) {
        return new FeatureSet(
                specification,
                content,
                IntStream.of(chosen).map(row -> rows[row]).toArray(),
                false);
    }

    /** Closes the file; does nothing for a view. */
    @Override
    public void close() throws IOException {
        if (ownsFile) {
            content.file.close();
        }
    }

    @Override
    public String toString() {
        return "FeatureSet[" + name() + ", " + size() + " rows, dim " + dim() + "]";
    }
}
