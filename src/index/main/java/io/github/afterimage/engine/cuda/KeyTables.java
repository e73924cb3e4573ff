package io.github.afterimage.engine.cuda;

import io.github.afterimage.store.Keys;
import java.nio.IntBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The tables of some keys for kernels: labels, and the keys of each class in one of two forms.
 *
 * @param labels one for each key; negative for a removed key
 * @param order for the method GEMM, otherwise null
 * @param slots for the fused method, otherwise null
 */
record KeyTables(
        int[] labels,
        TilePlan plan,
        @Nullable ClassOrder order,
        @Nullable Slots slots) {
    /** The order of the keys, for tables of the GEMM method. */
    ClassOrder classOrder() {
        return Objects.requireNonNull(order, "tables without a class order");
    }

    /** The slots of the keys, for tables of the fused kernel. */
    Slots classSlots() {
        return Objects.requireNonNull(slots, "tables without slots");
    }

    /** The labels of keys, -1 for those that were removed. */
    static int[] labels(Keys keys) {
        int[] labels = new int[Math.toIntExact(keys.count())];
        IntBuffer stored = keys.labelBytes(0, labels.length).asIntBuffer();
        stored.get(labels);
        if (keys.hasRemovals()) {
            for (int row = 0; row < labels.length; row++) {
                if (keys.isRemoved(row)) {
                    labels[row] = -1;
                }
            }
        }
        return labels;
    }

    /** Makes tables for a product and a kernel over its scores. */
    static KeyTables ofTiles(int[] labels, int classes, TilePlan plan) {
        return new KeyTables(labels, plan, ClassOrder.of(labels, classes, plan.rows()), null);
    }

    static KeyTables ofSlots(int[] labels, int classes, TilePlan plan) {
        return new KeyTables(labels, plan, null, Slots.of(labels, classes, plan.rows()));
    }

    /** Makes tables of labels only, for the nearest keys and for gradients. */
    static KeyTables ofLabels(int[] labels, TilePlan plan) {
        return new KeyTables(labels, plan, null, null);
    }

    /** Returns the sections in their order on the device, each of which starts at a multiple of four integers. */
    int[][] sections() {
        if (order != null) {
            return new int[][] {
                labels, order.order() == null ? new int[0] : order.order(), order.runStarts(), order.runLabels()
            };
        }
        return slots == null
                ? new int[][] {labels}
                : new int[][] {labels, slots.starts(), slots.byClass(), slots.classStarts()};
    }
}
