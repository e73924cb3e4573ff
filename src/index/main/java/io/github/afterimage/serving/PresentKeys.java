package io.github.afterimage.serving;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Query;
import io.github.afterimage.platform.Resources;
import java.util.List;

/** Answers queries from the keys of one moment of the index that a batcher has then. */
final class PresentKeys implements Source<PendingAnswer> {
    private final Replaceable<CacheIndex>.Lease lease;
    private final CacheIndex snapshot;

    /** @throws IllegalStateException if the index is closed */
    PresentKeys(Replaceable<CacheIndex> index) {
        lease = index.lease();
        snapshot = Resources.guarded(lease, () -> lease.value().snapshot());
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
        Answer answer = snapshot.answer(Query.joined(slices.stream()
                .map(slice -> slice.work().part(slice.first(), slice.count()))
                .toList()));
        int from = 0;
        for (Slice<PendingAnswer> slice : slices) {
            slice.work().put(answer.rows(from, slice.count()));
            from += slice.count();
        }
    }

    @Override
    public void close() {
        snapshot.close();
        lease.close();
    }
}
