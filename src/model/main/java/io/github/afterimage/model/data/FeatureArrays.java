package io.github.afterimage.model.data;

import io.github.afterimage.CorruptDataException;
import io.github.afterimage.ElementType;
import io.github.afterimage.tensors.ArrayFile;
import io.github.afterimage.tensors.NumberType;
import io.github.afterimage.tensors.NumericArray;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The arrays of a file of features, checked against each other.
 *
 * @param path the file
 * @param file the open file
 * @param scores probabilities or logits; null if there are none
 * @param logits whether the scores are logits
 * @param values numbers beside the labels; null if there are none
 * @param labelled whether the labels are those of the file
 * @param labels zeros if they are not
 * @param weights one for each row; empty if the file has none
 */
record FeatureArrays(
        Path path,
        ArrayFile file,
        NumericArray features,
        @Nullable NumericArray scores,
        boolean logits,
        @Nullable NumericArray values,
        boolean labelled,
        int[] labels,
        float[] weights) {
    // float16 probabilities of 1000 classes sum to 1 within 1e-3 or so.
    private static final double SUM_TOLERANCE = 1e-2;

    /** @param labels whether the labels matter; without values, the file must have them then */
    static FeatureArrays open(Path path, boolean labels) throws IOException {
        ArrayFile file = ArrayFile.open(path, ArrayFile.FEATURES);
        try {
            NumericArray features = matrix(file.find("keys") == null ? file.require("features") : file.find("keys"));
            NumericArray values = file.find("values");
            boolean labelled = labels && (values == null || file.find("labels") != null);
            int[] numbers =
                    labelled ? file.requireLabels("labels", features.shape()[0]) : new int[(int) features.shape()[0]];
            boolean logits = file.find("probabilities") == null;
            NumericArray scores = file.find(logits ? "logits" : "probabilities");
            if (scores != null) {
                requireScores(matrix(scores), numbers);
            }
            if (values != null) {
                requireRows(matrix(values), numbers.length);
            }
            float[] weights = weights(file, numbers.length);
            return new FeatureArrays(path, file, features, scores, logits, values, labelled, numbers, weights);
        } catch (IOException | RuntimeException | Error e) {
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

    private static void requireRows(NumericArray array, int rows) throws CorruptDataException {
        if (array.shape()[0] != rows) {
            throw new CorruptDataException(array.name() + " has shape " + array.shapeText() + ": expected " + rows
                    + " rows, one for each row of features");
        }
    }

    private static float[] weights(ArrayFile file, int rows) throws IOException {
        NumericArray array = file.find("weights");
        if (array == null) {
            return new float[0];
        }
        if (array.shape().length != 1 || array.shape()[0] != rows || array.type().integer) {
            throw new CorruptDataException(array.name() + " is " + array.type() + array.shapeText()
                    + ": expected floats of shape [" + rows
                    + "], one for each row, such as numpy's weights.astype(\"float32\")");
        }
        float[] weights = new float[rows];
        array.readRows(0, rows, FloatBuffer.wrap(weights));
        return weights;
    }

    int dim() {
        return (int) features.shape()[1];
    }

    /** {@return the scores, which must exist} */
    private NumericArray requireScores() {
        return Objects.requireNonNull(scores);
    }

    /** {@return the number of columns of the scores, which must exist} */
    int classes() {
        return (int) requireScores().shape()[1];
    }

    /** Reads rows of the features, each of which must have a direction. */
    void readFeatures(long first, int count, FloatBuffer target) throws IOException {
        int start = target.position();
        features.readRows(first, count, target);
        for (int row = 0; row < count; row++) {
            FloatBuffer values = target.slice(start + row * dim(), dim());
            requireFinite(features, first + row, values);
            if (isZero(values)) {
                throw new CorruptDataException("row " + (first + row) + " of " + features.name()
                        + " is all zeros and has no direction: remove it");
            }
        }
    }

    private static boolean isZero(FloatBuffer values) {
        for (int column = 0; column < values.limit(); column++) {
            if (values.get(column) != 0) {
                return false;
            }
        }
        return true;
    }

    /** {@return the number of columns of the values; 0 if there are none} */
    int valueWidth() {
        return values == null ? 0 : (int) values.shape()[1];
    }

    ElementType valueType() {
        return switch (values == null ? NumberType.F32 : values.type()) {
            case F16 -> ElementType.FLOAT16;
            case BF16 -> ElementType.BFLOAT16;
            default -> ElementType.FLOAT32;
        };
    }

    /** Reads rows of the values, which must exist. */
    void readValues(long first, int count, FloatBuffer target) throws IOException {
        NumericArray array = Objects.requireNonNull(values);
        int start = target.position();
        array.readRows(first, count, target);
        for (int row = 0; row < count; row++) {
            requireFinite(array, first + row, target.slice(start + row * valueWidth(), valueWidth()));
        }
    }

    void readProbabilities(long first, int count, FloatBuffer target) throws IOException {
        int start = target.position();
        requireScores().readRows(first, count, target);
        for (int row = 0; row < count; row++) {
            FloatBuffer values = target.slice(start + row * classes(), classes());
            if (logits) {
                requireFinite(requireScores(), first + row, values);
                double[] probabilities = Softmax.of(values);
                for (int c = 0; c < probabilities.length; c++) {
                    values.put(c, (float) probabilities[c]);
                }
            } else {
                requireDistribution(first + row, values);
            }
        }
    }

    private static void requireFinite(NumericArray array, long row, FloatBuffer values) throws CorruptDataException {
        for (int column = 0; column < values.limit(); column++) {
            if (!Float.isFinite(values.get(column))) {
                throw new CorruptDataException("row " + row + " of " + array.name() + " has " + values.get(column)
                        + " at column " + column + ": every value must be finite");
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
            throw new CorruptDataException(
                    "row " + row + " of " + requireScores().name()
                            + " is not a distribution: expected values in 0..1 that sum to 1; name the array \"logits\" if it"
                            + " holds those");
        }
    }
}
