package io.github.afterimage.model;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.serving.Replaceable;
import io.github.afterimage.serving.Slice;
import io.github.afterimage.serving.Source;
import java.util.List;

/** Answers queries by the model that a batcher has, from the keys of one moment. */
final class PresentModel implements Source<PendingClassifications> {
    private final Replaceable<CacheModel>.Lease lease;
    private final CacheIndex snapshot;

    /** @throws IllegalStateException if the model is closed */
    PresentModel(Replaceable<CacheModel> model) {
        lease = model.lease();
        try {
            snapshot = lease.value().index().snapshot();
        } catch (RuntimeException | Error e) {
            lease.close();
            throw e;
        }
    }

    @Override
    public boolean isPresent() {
        try {
            return lease.isPresent() && lease.value().index().version() == snapshot.version();
        } catch (IllegalStateException closed) {
            return true; // the pass fails with the reason
        }
    }

    @Override
    public void answer(List<Slice<PendingClassifications>> slices) {
        CacheModel model = lease.value();
        PendingClassifications first = slices.get(0).work();
        ModelQuery.Rows rows = PendingClassifications.concatenated(slices.stream()
                .map(slice -> slice.work().rows(slice.first(), slice.count()))
                .toList());
        ModelQuery.Features features = model.activations(rows);
        Answer answer = snapshot.answer(first.asked(features));
        int row = 0;
        for (Slice<PendingClassifications> slice : slices) {
            PendingClassifications work = slice.work();
            for (int i = 0; i < slice.count(); i++, row++) {
                work.put(slice.first() + i, model.classification(features, answer, row, work.hyperparameters()));
            }
        }
    }

    @Override
    public void close() {
        snapshot.close();
        lease.close();
    }
}
