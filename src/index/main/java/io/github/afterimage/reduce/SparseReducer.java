package io.github.afterimage.reduce;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Multiplies rows with a sparse matrix of 1, 0 and -1, which is kept as lists of the columns of 1 and of -1. */
final class SparseReducer extends Reducer {
    private @Nullable Lists lists;

    SparseReducer(Reduction reduction, int inputDim) {
        super(reduction, inputDim);
    }

    /**
     * @param columns for each row of the matrix, the columns of its entries 1, ascending, then of its entries -1, ascending
     * @param starts {@code (2 outputDim + 1)}, the start of each of these lists in {@code columns}
     */
    private record Lists(int[] columns, int[] starts) {}

    @Override
    void project(FloatBuffer source, FloatBuffer target, int count) {
        Lists made = lists();
        float scale = scale();
        float[] row = new float[inputDim()];
        float[] reduced = new float[outputDim()];
        for (int i = 0; i < count; i++) {
            source.get(i * inputDim(), row);
            for (int j = 0; j < reduced.length; j++) {
                int minus = made.starts[2 * j + 1];
                reduced[j] = scale
                        * (sum(row, made.columns, made.starts[2 * j], minus)
                                - sum(row, made.columns, minus, made.starts[2 * j + 2]));
            }
            target.put(i * outputDim(), reduced);
        }
    }

    @Override
    void pullBack(FloatBuffer rows, FloatBuffer gradients, FloatBuffer target, int count) {
        Lists made = lists();
        float[] row = new float[inputDim()];
        for (int i = 0; i < count; i++) {
            Arrays.fill(row, 0);
            for (int j = 0; j < outputDim(); j++) {
                float value = scale() * gradients.get(i * outputDim() + j);
                int minus = made.starts[2 * j + 1];
                for (int k = made.starts[2 * j]; k < made.starts[2 * j + 2]; k++) {
                    row[made.columns[k]] += k < minus ? value : -value;
                }
            }
            target.put(i * inputDim(), row);
        }
    }

    private float scale() {
        return (float) Math.sqrt(Math.sqrt(inputDim()) / outputDim());
    }

    /** Adds in four independent sums, because a single sum waits for each addition. */
    private static float sum(float[] row, int[] columns, int from, int to) {
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int i = from;
        for (; i + 4 <= to; i += 4) {
            a += row[columns[i]];
            b += row[columns[i + 1]];
            c += row[columns[i + 2]];
            d += row[columns[i + 3]];
        }
        for (; i < to; i++) {
            a += row[columns[i]];
        }
        return (a + b) + (c + d);
    }

    private synchronized Lists lists() {
        if (lists == null) {
            lists = make();
        }
        return lists;
    }

    private Lists make() {
        Entries.Signs signs = new Entries.Signs(reduction().seed(), Math.sqrt(inputDim()));
        int[] starts = new int[2 * outputDim() + 1];
        int[] columns = new int[1024];
        int[] negative = new int[inputDim()];
        int count = 0;
        for (int row = 0; row < outputDim(); row++) {
            int negatives = 0;
            if (columns.length - count < inputDim()) {
                columns = Arrays.copyOf(columns, Math.addExact(count, Math.max(count / 2, inputDim())));
            }
            for (int column = 0; column < inputDim(); column++) {
                int sign = signs.at(row, column);
                if (sign > 0) {
                    columns[count++] = column;
                } else if (sign < 0) {
                    negative[negatives++] = column;
                }
            }
            starts[2 * row + 1] = count;
            System.arraycopy(negative, 0, columns, count, negatives);
            count += negatives;
            starts[2 * row + 2] = count;
        }
        return new Lists(Arrays.copyOf(columns, count), starts);
    }

    @Override
    public Optional<Entries> entries() {
        return Optional.of(Entries.ofSigns(reduction().seed(), Math.sqrt(inputDim()), scale()));
    }

    @Override
    public synchronized long bytes() {
        return lists == null ? 0 : (long) Integer.BYTES * (lists.columns.length + lists.starts.length);
    }

    @Override
    synchronized void release() {
        lists = null;
    }
}
