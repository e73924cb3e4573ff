package io.github.afterimage.metrics;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.engine.Engines;
import io.github.afterimage.store.LeakTracker;
import io.github.afterimage.store.MemoryKind;
import io.github.afterimage.store.MemoryUse;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * Meters of one index, tagged {@code index} and {@code engine}, and of the process:
 *
 * <ul>
 *   <li>{@code afterimage.query}: time of a call, a batch being one, with its median, 90th and 99th percentile
 *   <li>{@code afterimage.queries}: queries answered
 *   <li>{@code afterimage.rescues}: queries that had only far keys and were done again
 *   <li>{@code afterimage.keys}: keys in the index
 *   <li>{@code afterimage.memory.bytes}, tagged {@code kind}, and {@code afterimage.memory.limit}: native memory of the process
 *   <li>{@code afterimage.engine.fallbacks}: faster engines that cannot be used on this machine
 *   <li>{@code afterimage.leaks}: objects never closed, where tracking is on
 * </ul>
 *
 * <p>Threads: thread-safe. Lifetime: after the index is closed its gauge is NaN; a registry holds the index until then.
 */
public final class CacheIndexMetrics implements MeterBinder {
    private final CacheIndex index;
    private final Tags tags;

    /** @param name tells this index from others of the process */
    public CacheIndexMetrics(CacheIndex index, String name) {
        this.index = index;
        tags = Tags.of("index", name, "engine", index.engine().name());
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Timer timer = Timer.builder("afterimage.query")
                .description("Time of a call, a batch being one")
                .tags(tags)
                .publishPercentiles(0.5, 0.9, 0.99)
                .register(registry);
        index.observe((queries, nanos) -> timer.record(nanos, TimeUnit.NANOSECONDS));
        counter(registry, "afterimage.queries", "Queries answered", CacheIndex::queries);
        counter(registry, "afterimage.rescues", "Queries done again because every key was far", CacheIndex::rescues);
        Gauge.builder("afterimage.keys", index, CacheIndexMetrics::size)
                .description("Keys in the index")
                .tags(tags)
                .strongReference(true)
                .register(registry);
        for (MemoryKind kind : MemoryKind.values()) {
            Gauge.builder("afterimage.memory.bytes", () -> MemoryUse.bytes(kind))
                    .description("Native memory of the process")
                    .baseUnit("bytes")
                    .tag("kind", kind.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        Gauge.builder("afterimage.memory.limit", MemoryUse::limit)
                .description("The most that host and pinned memory may take together")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("afterimage.engine.fallbacks", Engines::fallbacks)
                .description("Faster engines that cannot be used on this machine")
                .register(registry);
        // A counter does not keep alive what it asks: this object may be gone tomorrow, the class will not.
        FunctionCounter.builder("afterimage.leaks", LeakTracker.class, tracker -> LeakTracker.leaks())
                .description("Native objects that were never closed, where tracking is on")
                .register(registry);
    }

    private void counter(MeterRegistry registry, String name, String description, ToDoubleFunction<CacheIndex> count) {
        FunctionCounter.builder(name, index, count)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private static double size(CacheIndex index) {
        try {
            return index.size();
        } catch (IllegalStateException closed) {
            return Double.NaN;
        }
    }
}
