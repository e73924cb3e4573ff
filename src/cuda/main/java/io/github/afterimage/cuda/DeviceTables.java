package io.github.afterimage.cuda;

import io.github.afterimage.keys.Keys;
import java.util.Objects;
import org.bytedeco.javacpp.IntPointer;
import org.jspecify.annotations.Nullable;

/**
 * The tables of some keys for kernels: labels and weights, and the keys of each class in one of two forms. Lifetime: that of its
 * caller, until the keys change.
 */
final class DeviceTables implements AutoCloseable {
    private static final int UNIT = 4;

    /** The contents of tables beside labels and weights, which suffice for the nearest keys and for gradients. */
    enum Form {
        TILES,
        SLOTS,
        LABELS
    }

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

    private final int tileRows;
    private final boolean weighted;
    private final @Nullable ClassOrder order;
    private final @Nullable Slots slots;
    private final DeviceBuffer memory;
    private final long[] offsets;

    /** Copies the tables and waits for the copy. */
    DeviceTables(Cuda cuda, CudaStream stream, Rows rows, Form form, int classes, TilePlan plan) {
        tileRows = plan.rows();
        weighted = rows.weights.length > 0;
        order = form == Form.TILES ? ClassOrder.of(rows.labels, classes, tileRows, plan.pieces()) : null;
        slots = form == Form.SLOTS ? Slots.of(rows.labels, classes, tileRows) : null;
        int[][] sections = sections(rows);
        offsets = new long[sections.length];
        long ints = 0;
        for (int i = 0; i < sections.length; i++) {
            offsets[i] = ints * Integer.BYTES;
            ints += ((long) sections[i].length + UNIT - 1) / UNIT * UNIT;
        }
        memory = DeviceBuffer.allocate(cuda, Math.max(UNIT, ints) * Integer.BYTES);
        try {
            for (int i = 0; i < sections.length; i++) {
                if (sections[i].length > 0) {
                    try (IntPointer host = new IntPointer(sections[i])) {
                        stream.copyIn(memory.at(offsets[i]), host, (long) sections[i].length * Integer.BYTES);
                        stream.synchronize();
                    }
                }
            }
        } catch (RuntimeException | Error e) {
            memory.close();
            throw e;
        }
    }

    /** Returns the sections in their order on the device, each of which starts at a multiple of four integers. */
    private int[][] sections(Rows rows) {
        if (order != null) {
            int[] places = order.order() == null ? new int[0] : order.order();
            return new int[][] {rows.labels, rows.weights, places, order.runStarts(), order.runLabels()};
        }
        return slots == null
                ? new int[][] {rows.labels, rows.weights}
                : new int[][] {rows.labels, rows.weights, slots.starts(), slots.byClass(), slots.classStarts()};
    }

    /** The order of the keys, for tables of the GEMM method. */
    ClassOrder classOrder() {
        return Objects.requireNonNull(order, "tables without a class order");
    }

    /** The slots of the keys, for tables of the fused kernel. */
    Slots classSlots() {
        return Objects.requireNonNull(slots, "tables without slots");
    }

    private long at(int section, long place) {
        return memory.at(offsets[section] + place * Integer.BYTES);
    }

    private int firstRow(int tile) {
        return tile * tileRows;
    }

    long labels(int tile) {
        return at(0, firstRow(tile));
    }

    /** Device address of the weights of the tile, or 0 if all are 1. */
    long weights(int tile) {
        return weighted ? at(1, firstRow(tile)) : 0;
    }

    /** Device address of the rows of the tile by class, or 0 if they are in order. */
    long order(int tile) {
        return classOrder().order() == null ? 0 : at(2, classOrder().tileOrders()[tile]);
    }

    long runStarts(int tile) {
        return at(3, classOrder().tileRuns()[tile] + tile);
    }

    long runLabels(int tile) {
        return at(4, classOrder().tileRuns()[tile]);
    }

    long slotStarts(int tile) {
        return at(2, firstRow(tile) / Slots.GROUP);
    }

    long slotsByClass(int tile) {
        return at(3, classSlots().tileSlots()[tile]);
    }

    long classStarts(int tile, int classes) {
        return at(4, (long) tile * (classes + 1));
    }

    @Override
    public void close() {
        memory.close();
    }
}
