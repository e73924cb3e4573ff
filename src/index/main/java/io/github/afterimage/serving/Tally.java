package io.github.afterimage.serving;

import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts the ends of requests. Thread-safe. */
final class Tally {
    final LongAdder answered = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder late = new LongAdder();
    final LongAdder cancelled = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile @Nullable String lastFailure;

    void failed(Throwable failure) {
        lastFailure = failure.toString();
        failed.increment();
    }

    @Nullable
    String lastFailure() {
        return lastFailure;
    }

    RequestCounts counts() {
        return new RequestCounts(answered.sum(), refused.sum(), late.sum(), cancelled.sum(), failed.sum());
    }
}
