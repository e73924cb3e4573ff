package io.github.afterimage.reduce;

import io.github.afterimage.platform.OpenBlas;
import io.github.afterimage.platform.Parallel;
import io.github.afterimage.platform.Resources;
import java.nio.FloatBuffer;
import java.util.Optional;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;

/**
 * Multiplies rows with a matrix of independent normal entries, (outputDim, inputDim). The first call computes the matrix, and
 * later calls use it. A matrix above a limit is not kept: every call computes it again part by part, so calls should have many
 * rows in direct buffers.
 */
final class GaussianReducer extends Reducer {
    /** Maximum bytes of a matrix that is kept; gaussian:5000 of rows of 25,088 values fits. */
    static final long LARGEST_MATRIX_BYTES = 512L << 20;
    /** Maximum bytes of a part, in each call, of a matrix that is not kept. */
    private static final int PART_BYTES = 16 << 20;

    private final Entries entries;
    private final int threads;
    private final long largestMatrixBytes;
    private @Nullable Matrix matrix;

    GaussianReducer(Reduction reduction, int inputDim, int threads, long largestMatrixBytes) {
        super(reduction, inputDim);
        OpenBlas.require("reduction \"" + reduction + "\"");
        entries = Entries.gaussian(reduction.seed(), reduction.dim());
        this.threads = threads;
        this.largestMatrixBytes = largestMatrixBytes;
    }

    @Override
    void project(FloatBuffer source, FloatBuffer target, int count) {
        if (Matrix.bytes(outputDim(), inputDim()) > largestMatrixBytes) {
            Products.run(source, inputDim(), target, outputDim(), count, this::multiplyInParts);
        } else {
            kept().reduce(source, target, count);
        }
    }

    @Override
    void pullBack(FloatBuffer rows, FloatBuffer gradients, FloatBuffer target, int count) {
        if (Matrix.bytes(outputDim(), inputDim()) > largestMatrixBytes) {
            Products.run(
                    gradients,
                    outputDim(),
                    target,
                    inputDim(),
                    count,
                    (x, n, y) -> inParts((part, first, used) ->
                            part.multiplyTransposed(x.getPointer(first), outputDim(), n, used, first > 0, y)));
        } else {
            kept().expand(gradients, target, count);
        }
    }

    private void multiplyInParts(FloatPointer x, int count, FloatPointer y) {
        inParts((part, first, rows) -> part.multiply(x, count, rows, y.getPointer(first), outputDim()));
    }

    /** Accepts the rows {@code first} to {@code first + rows - 1} of a matrix that is not kept. */
    private interface PartConsumer {
        void accept(Matrix part, int first, int rows);
    }

    private void inParts(PartConsumer consumer) {
        long partBytes = Math.min(PART_BYTES, largestMatrixBytes);
        int step = (int) Math.min(outputDim(), Math.max(1, partBytes / Float.BYTES / inputDim()));
        try (Matrix part = Matrix.of(step, inputDim(), entries.scale())) {
            for (int first = 0; first < outputDim(); first += step) {
                int rows = Math.min(step, outputDim() - first);
                fill(part, first, rows, 1);
                consumer.accept(part, first, rows);
            }
        }
    }

    private synchronized Matrix kept() {
        if (matrix == null) {
            matrix = Resources.filled(
                    Matrix.of(outputDim(), inputDim(), entries.scale()), made -> fill(made, 0, outputDim(), threads));
        }
        return matrix;
    }

    private void fill(Matrix target, int first, int count, int threads) {
        Parallel.run(threads, count, row -> {
            float[] values = new float[inputDim()];
            entries.fill(first + row, values);
            target.row(row).put(values);
        });
    }

    @Override
    public Optional<Entries> entries() {
        return Optional.of(entries);
    }

    @Override
    public synchronized long bytes() {
        return matrix == null ? 0 : matrix.bytes();
    }

    @Override
    synchronized void release() {
        Resources.closeAll(matrix);
        matrix = null;
    }
}
