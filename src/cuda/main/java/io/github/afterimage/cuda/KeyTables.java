package io.github.afterimage.cuda;

import io.github.afterimage.keys.Keys;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The tables of some keys for kernels: labels and weights, and the keys of each class in one of two forms.
 *
 * @param order for the method GEMM, otherwise null
 * @param slots for the fused method, otherwise null
 */
record KeyTables(
        Rows rows,
        TilePlan plan,
        @Nullable ClassOrder order,
        @Nullable Slots slots) {
    /**
     * The labels and weights of keys.
     *
     * @param labels one for each key; negative for a removed key
     * @param weights the bits of a float32 for each key; empty if all are 1
     */
    record Rows(int[] labels, int[] weights) {
        static final Rows NONE = new Rows(new int[0], new int[0]);

        static Rows of(Keys keys) {
            int[] labels = keys.labels(0, Math.toIntExact(keys.count()));
            int[] weights = new int[keys.weights() == null ? 0 : labels.length];
            for (int row = 0; row < labels.length; row++) {
                labels[row] = keys.isRemoved(row) ? -1 : labels[row];
            }
            for (int row = 0; row < weights.length; row++) {
                weights[row] = Float.floatToRawIntBits(keys.weight(row));
            }
            return new Rows(labels, weights);
        }
    }

    /** The order of the keys, for tables of the GEMM method. */
    ClassOrder classOrder() {
        return Objects.requireNonNull(order, "tables without a class order");
    }

    /** The slots of the keys, for tables of the fused kernel. */
    Slots classSlots() {
        return Objects.requireNonNull(slots, "tables without slots");
    }

    /** Makes tables for a product and a kernel over its scores. */
    static KeyTables ofTiles(Rows rows, int classes, TilePlan plan) {
        return new KeyTables(rows, plan, ClassOrder.of(rows.labels, classes, plan.rows()), null);
    }

    static KeyTables ofSlots(Rows rows, int classes, TilePlan plan) {
        return new KeyTables(rows, plan, null, Slots.of(rows.labels, classes, plan.rows()));
    }

    /** Makes tables of labels and weights only, for the nearest keys and for gradients. */
    static KeyTables ofLabels(Rows rows, TilePlan plan) {
        return new KeyTables(rows, plan, null, null);
    }

    /** Returns the sections in their order on the device, each of which starts at a multiple of four integers. */
    int[][] sections() {
        if (order != null) {
            return new int[][] {
                rows.labels,
                rows.weights,
                order.order() == null ? new int[0] : order.order(),
                order.runStarts(),
                order.runLabels()
            };
        }
        return slots == null
                ? new int[][] {rows.labels, rows.weights}
                : new int[][] {rows.labels, rows.weights, slots.starts(), slots.byClass(), slots.classStarts()};
    }
}
