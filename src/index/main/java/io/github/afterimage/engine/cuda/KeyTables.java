package io.github.afterimage.engine.cuda;

import io.github.afterimage.store.Keys;
import java.nio.IntBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What kernels must know of some keys besides their rows: labels and, in one of two forms, which keys are of which class.
 *
 * @param labels one for each key; negative where it was removed
 * @param order for the GEMM path, else null
 * @param slots for the fused path, else null
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

    /** For a product, then a kernel over its scores. */
    static KeyTables ofTiles(int[] labels, int classes, TilePlan plan) {
        return new KeyTables(labels, plan, ClassOrder.of(labels, classes, plan.rows()), null);
    }

    static KeyTables ofSlots(int[] labels, int classes, TilePlan plan) {
        return new KeyTables(labels, plan, null, Slots.of(labels, classes, plan.rows()));
    }

    /** Labels alone: for the nearest keys and for gradients. */
    static KeyTables ofLabels(int[] labels, TilePlan plan) {
        return new KeyTables(labels, plan, null, null);
    }

    /** The sections as they lie behind each other on the device, each from a multiple of four integers on. */
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
