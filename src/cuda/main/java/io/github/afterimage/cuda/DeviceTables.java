package io.github.afterimage.cuda;

import org.bytedeco.javacpp.IntPointer;

/** {@link KeyTables} on the device. Lifetime: that of its caller, until the keys change. */
final class DeviceTables implements AutoCloseable {
    private static final int UNIT = 4;

    private final KeyTables tables;
    private final DeviceBuffer memory;
    private final long[] offsets;

    /** Copies the tables and waits for the copy. */
    DeviceTables(Cuda cuda, CudaStream stream, KeyTables tables) {
        this.tables = tables;
        int[][] sections = tables.sections();
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

    KeyTables host() {
        return tables;
    }

    private long at(int section, long place) {
        return memory.at(offsets[section] + place * Integer.BYTES);
    }

    private int firstRow(int tile) {
        return tile * tables.plan().rows();
    }

    long labels(int tile) {
        return at(0, firstRow(tile));
    }

    /** Device address of the weights of the tile, or 0 if all are 1. */
    long weights(int tile) {
        return tables.rows().weights().length == 0 ? 0 : at(1, firstRow(tile));
    }

    /** Device address of the rows of the tile by class, or 0 if they are in order. */
    long order(int tile) {
        return tables.classOrder().order() == null
                ? 0
                : at(2, tables.classOrder().tileOrders()[tile]);
    }

    long runStarts(int tile) {
        return at(3, tables.classOrder().tileRuns()[tile] + tile);
    }

    long runLabels(int tile) {
        return at(4, tables.classOrder().tileRuns()[tile]);
    }

    long slotStarts(int tile) {
        return at(2, firstRow(tile) / Slots.GROUP);
    }

    long slotsByClass(int tile) {
        return at(3, tables.classSlots().tileSlots()[tile]);
    }

    long classStarts(int tile, int classes) {
        return at(4, (long) tile * (classes + 1));
    }

    @Override
    public void close() {
        memory.close();
    }
}
