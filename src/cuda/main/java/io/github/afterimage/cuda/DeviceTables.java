package io.github.afterimage.cuda;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.Resources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.bytedeco.javacpp.IntPointer;
import org.jspecify.annotations.Nullable;

/**
 * The tables of some keys for kernels: labels, and the keys of each class in one of two forms. They are made page by
 * page, so that keys which are appended change only the last page. Lifetime: that of its caller, until other keys change.
 */
final class DeviceTables implements AutoCloseable {
    private static final int UNIT = 4;
    /** Approximate rows of a page. */
    private static final int PAGE_ROWS = 1 << 16;

    /** The contents of tables beside labels, which suffice for the nearest keys and for gradients. */
    enum Form {
        TILES,
        SLOTS,
        LABELS
    }

    /** The labels of keys. */
    static final class Rows {
        /** One for each key; negative for a removed key. */
        private int[] labels = {};

        private int count;
        private int slots;

        /** Adds the keys after those that are known. */
        void append(Keys keys) {
            int next = Math.toIntExact(keys.count());
            if (next > labels.length) {
                int room = Math.max(next, (int) Math.min(Integer.MAX_VALUE - 8, labels.length * 3L / 2));
                labels = Arrays.copyOf(labels, room);
            }
            System.arraycopy(keys.labels(count, next - count), 0, labels, count, next - count);
            for (int row = count; row < next; row++) {
                labels[row] = keys.isRemoved(row) ? -1 : labels[row];
            }
            slots += Slots.count(labels, count, next);
            count = next;
        }

        int count() {
            return count;
        }

        /** Number of slots that the fused kernel would fill. */
        int slots() {
            return slots;
        }

        private int[] labels(int first, int last) {
            return Arrays.copyOfRange(labels, first, last);
        }
    }

    private final Cuda cuda;
    private final CudaStream stream;
    private final Form form;
    private final int classes;
    private final TilePlan plan;
    private final int tilesOfPage;
    private final List<Page> pages = new ArrayList<>();
    private int count;

    DeviceTables(Cuda cuda, CudaStream stream, Form form, int classes, TilePlan plan) {
        this.cuda = cuda;
        this.stream = stream;
        this.form = form;
        this.classes = classes;
        this.plan = plan;
        tilesOfPage = Math.max(1, PAGE_ROWS / plan.rows());
    }

    /** Copies the tables of keys that were appended, and waits for the copy; the device uses none of these tables. */
    void extend(Rows rows) {
        if (count == rows.count) {
            return;
        }
        int pageRows = tilesOfPage * plan.rows();
        int page = count / pageRows;
        if (page < pages.size()) {
            count = page * pageRows;
            pages.remove(page).close();
        }
        while (count < rows.count) {
            int last = (int) Math.min(rows.count, (long) count + pageRows);
            pages.add(new Page(rows.labels(count, last)));
            count = last;
        }
    }

    /** Tables of a few tiles. */
    private final class Page implements AutoCloseable {
        private final @Nullable ClassOrder order;
        private final @Nullable Slots slots;
        private final DeviceBuffer memory;
        private final long[] offsets;

        Page(int[] labels) {
            order = form == Form.TILES ? ClassOrder.of(labels, classes, plan.rows(), plan.pieces()) : null;
            slots = form == Form.SLOTS ? Slots.of(labels, classes, plan.rows()) : null;
            int[][] sections = sections(labels);
            offsets = new long[sections.length];
            long ints = 0;
            for (int i = 0; i < sections.length; i++) {
                offsets[i] = ints * Integer.BYTES;
                ints += ((long) sections[i].length + UNIT - 1) / UNIT * UNIT;
            }
            memory = Resources.filled(DeviceBuffer.allocate(cuda, Math.max(UNIT, ints) * Integer.BYTES), made -> {
                for (int i = 0; i < sections.length; i++) {
                    if (sections[i].length > 0) {
                        try (IntPointer host = new IntPointer(sections[i])) {
                            stream.copyIn(made.at(offsets[i]), host, (long) sections[i].length * Integer.BYTES);
                            stream.synchronize();
                        }
                    }
                }
            });
        }

        /** Returns the sections in their order on the device, each of which starts at a multiple of four integers. */
        private int[][] sections(int[] labels) {
            if (order != null) {
                int[] places = order.order() == null ? new int[0] : order.order();
                return new int[][] {labels, places, order.runStarts(), order.runLabels()};
            }
            return slots == null
                    ? new int[][] {labels}
                    : new int[][] {labels, slots.starts(), slots.byClass(), slots.classStarts()};
        }

        private long at(int section, long place) {
            return memory.at(offsets[section] + place * Integer.BYTES);
        }

        @Override
        public void close() {
            memory.close();
        }
    }

    private Page page(int tile) {
        return pages.get(tile / tilesOfPage);
    }

    private ClassOrder order(Page page) {
        return Objects.requireNonNull(page.order, "tables without a class order");
    }

    private Slots slots(Page page) {
        return Objects.requireNonNull(page.slots, "tables without slots");
    }

    private int place(int tile) {
        return tile % tilesOfPage;
    }

    private int firstRow(int tile) {
        return place(tile) * plan.rows();
    }

    long labels(int tile) {
        return page(tile).at(0, firstRow(tile));
    }

    /** Device address of the rows of the tile by class, or 0 if they are in order. */
    long order(int tile) {
        ClassOrder order = order(page(tile));
        return order.order() == null ? 0 : page(tile).at(1, order.tileOrders()[place(tile)]);
    }

    int runs(int tile) {
        return order(page(tile)).runs(place(tile));
    }

    int lanes(int tile, int batch) {
        return order(page(tile)).lanes(place(tile), batch);
    }

    long runStarts(int tile) {
        return page(tile).at(2, order(page(tile)).tileRuns()[place(tile)] + place(tile));
    }

    long runLabels(int tile) {
        return page(tile).at(3, order(page(tile)).tileRuns()[place(tile)]);
    }

    int slots(int tile) {
        return slots(page(tile)).slots(place(tile));
    }

    long slotStarts(int tile) {
        return page(tile).at(1, firstRow(tile) / Slots.GROUP);
    }

    long slotsByClass(int tile) {
        return page(tile).at(2, slots(page(tile)).tileSlots()[place(tile)]);
    }

    long classStarts(int tile) {
        return page(tile).at(3, (long) place(tile) * (classes + 1));
    }

    @Override
    public void close() {
        List<Page> all = List.copyOf(pages);
        pages.clear();
        Resources.closeAll(all);
    }
}
