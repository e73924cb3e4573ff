package io.github.afterimage.store;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The keys that answer a query: all of a {@link Snapshot}, or those {@link ChosenKeys} of it that a filter keeps. A row is the
 * position of a key among them; ids ascend with rows, and some rows may hold no key.
 *
 * <p>Immutable and thread-safe; valid until the snapshot is closed.
 */
public interface QueriedKeys {
    /** Returns the number of keys. */
    long size();

    /** Returns the number of rows. */
    long rows();

    /** Returns the number of changes before the snapshot. */
    long version();

    /** Returns whether each scan reads keys from the disk because not all of them may be in memory. */
    boolean readsFromDisk();

    /** Returns the classes that have keys. */
    BitSet labels();

    /** Returns a scan of the rows {@code [from, to)}. */
    KeyScan scan(long from, long to);

    /** Returns the key of a row. */
    Keys key(long row);

    /** Returns the key with this id; null if there is none. */
    @Nullable
    Keys find(long id);

    /**
     * Returns these keys without some.
     *
     * @param inPlace as for {@link ChosenKeys#ChosenKeys}
     */
    ChosenKeys without(long[] ids, double inPlace);
}
