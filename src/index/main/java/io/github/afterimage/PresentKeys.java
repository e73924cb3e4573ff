package io.github.afterimage;

import io.github.afterimage.batch.Replaceable;
import io.github.afterimage.batch.Slice;
import io.github.afterimage.batch.Source;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/** Answers queries from the keys of one moment of the index that a batcher has then. */
final class PresentKeys implements Source<PendingAnswer> {
    private final Replaceable<CacheIndex>.Lease lease;
    private final CacheIndex snapshot;

    /** @throws IllegalStateException if the index is closed */
    PresentKeys(Replaceable<CacheIndex> index) {
        lease = index.lease();
        try {
            snapshot = lease.value().snapshot();
        } catch (RuntimeException | Error e) {
            lease.close();
            throw e;
        }
    }

    @Override
    public boolean isPresent() {
        try {
            return lease.isPresent() && lease.value().version() == snapshot.version();
        } catch (IllegalStateException closed) {
            return true; // the pass fails with the reason
        }
    }

    @Override
    public void answer(List<Slice<PendingAnswer>> slices) {
        Query query = slices.get(0).work().query();
        Answer answer = snapshot.answer(query.withRows(rows(slices), excludedIds(slices)));
        int from = 0;
        for (Slice<PendingAnswer> slice : slices) {
            slice.work().put(answer.rows(from, slice.count()));
            from += slice.count();
        }
    }

    private static long[] excludedIds(List<Slice<PendingAnswer>> slices) {
        return slices.stream()
                .flatMapToLong(slice -> Arrays.stream(slice.work().excludedIds(slice.first(), slice.count())))
                .toArray();
    }

    private FloatBuffer rows(List<Slice<PendingAnswer>> slices) {
        if (slices.size() == 1) {
            Slice<PendingAnswer> slice = slices.get(0);
            return slice.work().rows(slice.first(), slice.count());
        }
        int count = slices.stream().mapToInt(Slice::count).sum();
        FloatBuffer rows = FloatBuffer.allocate(count * snapshot.dim());
        slices.forEach(slice -> rows.put(slice.work().rows(slice.first(), slice.count())));
        return rows.flip();
    }

    @Override
    public void close() {
        snapshot.close();
        lease.close();
    }
}
