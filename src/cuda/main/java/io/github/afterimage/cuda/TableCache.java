package io.github.afterimage.cuda;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.Resources;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tables of the last passes of a caller, for each segment. They grow with keys that are appended, and are made again if keys
 * were removed, if another filter chooses keys, or for tiles that none of the last few passes had.
 */
final class TableCache implements AutoCloseable {
    /** Maximum plans kept: batch sizes of a service differ by fewer doublings. */
    private static final int MAX_PLANS = 4;

    private record Moment(
            long first, long version, @Nullable Object choice) {}

    private static final class Entry {
        @Nullable
        Moment moment;

        DeviceTables.Rows rows = new DeviceTables.Rows();
        final Map<DeviceTables.Form, Map<TilePlan, DeviceTables>> tables = new EnumMap<>(DeviceTables.Form.class);

        /** Returns the tables of each plan, the last used at the end. */
        Map<TilePlan, DeviceTables> of(DeviceTables.Form form) {
            return tables.computeIfAbsent(form, key -> new LinkedHashMap<>(MAX_PLANS, 1, true));
        }

        void clear() {
            List<DeviceTables> all = new ArrayList<>();
            tables.values().forEach(plans -> all.addAll(plans.values()));
            tables.clear();
            Resources.closeAll(all);
        }
    }

    private final Cuda cuda;
    private final CudaStream stream;
    private final Runnable settle;
    private final Map<DeviceKeys, Entry> entries = new IdentityHashMap<>();

    TableCache(Cuda cuda, CudaStream stream, Runnable settle) {
        this.cuda = cuda;
        this.stream = stream;
        this.settle = settle;
    }

    /** Frees the tables of closed segments; the device uses none of them. */
    void forgetClosed() {
        for (Iterator<Map.Entry<DeviceKeys, Entry>> all = entries.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<DeviceKeys, Entry> entry = all.next();
            if (entry.getKey().isClosed()) {
                entry.getValue().clear();
                all.remove();
            }
        }
    }

    /** Returns the number of slots that the fused kernel would fill for these keys. */
    int slots(CudaCaller.Part part) {
        return entry(part).rows.slots();
    }

    DeviceTables tables(CudaCaller.Part part, DeviceTables.Form form, int classes, TilePlan plan) {
        Entry entry = entry(part);
        Map<TilePlan, DeviceTables> known = entry.of(form);
        if (!known.containsKey(plan) && known.size() == MAX_PLANS) {
            settle.run();
            known.remove(known.keySet().iterator().next()).close();
        }
        DeviceTables tables = known.computeIfAbsent(plan, key -> new DeviceTables(cuda, stream, form, classes, key));
        tables.extend(entry.rows);
        return tables;
    }

    private Entry entry(CudaCaller.Part part) {
        Keys keys = part.keys();
        Entry entry = entries.computeIfAbsent(part.segment(), key -> new Entry());
        Moment moment = new Moment(keys.segmentRow(), keys.hasRemovals() ? keys.version() : -1, keys.choice());
        boolean others = !moment.equals(entry.moment) || keys.count() < entry.rows.count();
        if (others || keys.count() > entry.rows.count()) {
            settle.run();
        }
        if (others) {
            entry.clear();
            entry.rows = new DeviceTables.Rows();
            entry.moment = moment;
        }
        if (keys.count() > entry.rows.count()) {
            entry.rows.append(keys);
        }
        return entry;
    }

    @Override
    public void close() {
        List<AutoCloseable> all = new ArrayList<>();
        entries.values().forEach(entry -> all.add(entry::clear));
        entries.clear();
        Resources.closeAll(all);
    }
}
