package io.github.afterimage.metrics;

import io.github.afterimage.serving.BatchListener;
import io.github.afterimage.serving.Monitored;
import io.github.afterimage.serving.RequestCounts;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * Registers meters of a batcher, and those of {@link CacheIndexMetrics} for its index, which follow when the index is replaced:
 *
 * <ul>
 *   <li>{@code afterimage.request}: time from the submission of a request to its answer, with its median, 90th and 99th
 *       percentile
 *   <li>{@code afterimage.batch.rows}: rows of a batch
 *   <li>{@code afterimage.queue.rows}: rows that wait
 *   <li>{@code afterimage.requests}, tagged {@code outcome}: requests that were answered, refused, late, cancelled, or have
 *       failed
 * </ul>
 *
 * <p>All are tagged {@code index} with the name.
 *
 * <pre>{@code
 * try (Batcher batcher = new Batcher(CacheIndex.open(Path.of("cache.safetensors")))) {
 *     new BatcherMetrics("products", batcher).bindTo(new SimpleMeterRegistry());
 * }
 * }</pre>
 *
 * <p>Threads: thread-safe. Lifetime: a registry holds the batcher and its index.
 */
public final class BatcherMetrics implements MeterBinder {
    private final String name;
    private final Monitored batcher;
    private final CacheIndexMetrics index;
    private final List<Timer> requests = new CopyOnWriteArrayList<>();
    private final List<DistributionSummary> batches = new CopyOnWriteArrayList<>();

    /** @param name distinguishes this batcher from others of the process */
    public BatcherMetrics(String name, Monitored batcher) {
        this.name = name;
        this.batcher = batcher;
        index = new CacheIndexMetrics(name);
        batcher.observe(new BatchListener() {
            @Override
            public void passed(int rows, long nanos) {
                batches.forEach(summary -> summary.record(rows));
            }

            @Override
            public void answered(long nanos) {
                requests.forEach(timer -> timer.record(nanos, TimeUnit.NANOSECONDS));
            }

            @Override
            public void replaced() {
                index.observe(batcher.index());
            }
        });
        index.observe(batcher.index());
    }

    /** Registers the meters; call it once for each registry. */
    @Override
    public void bindTo(MeterRegistry registry) {
        index.bindTo(registry);
        requests.add(Timer.builder("afterimage.request")
                .description("Time from the submission of a request to its answer")
                .tag("index", name)
                .publishPercentiles(0.5, 0.9, 0.99)
                .register(registry));
        batches.add(DistributionSummary.builder("afterimage.batch.rows")
                .description("Rows of a batch")
                .tag("index", name)
                .register(registry));
        Gauge.builder("afterimage.queue.rows", batcher, queue -> queue.health().queuedRows())
                .description("Rows that wait")
                .tag("index", name)
                .strongReference(true)
                .register(registry);
        counter(registry, "answered", RequestCounts::answered);
        counter(registry, "refused", RequestCounts::refused);
        counter(registry, "late", RequestCounts::late);
        counter(registry, "cancelled", RequestCounts::cancelled);
        counter(registry, "failed", RequestCounts::failed);
    }

    private void counter(MeterRegistry registry, String outcome, ToLongFunction<RequestCounts> count) {
        FunctionCounter.builder(
                        "afterimage.requests",
                        batcher,
                        queue -> count.applyAsLong(queue.health().requests()))
                .description("Requests that have ended")
                .tags("index", name, "outcome", outcome)
                .register(registry);
    }

    @Override
    public String toString() {
        return "BatcherMetrics[" + name + ", " + batcher + "]";
    }
}
