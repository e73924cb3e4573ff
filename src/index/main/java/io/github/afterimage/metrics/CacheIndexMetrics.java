package io.github.afterimage.metrics;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Engines;
import io.github.afterimage.IndexStatistics;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.QueryListener;
import io.github.afterimage.platform.LeakTracker;
import io.github.afterimage.settings.MemoryKind;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Registers meters of the index that a service has under a name, which a reload may replace by another index, and meters of the
 * process:
 *
 * <ul>
 *   <li>{@code afterimage.query}: time of a call, a batch being one, with its median, 90th and 99th percentile
 *   <li>{@code afterimage.queries}: queries answered
 *   <li>{@code afterimage.queries.repeated}: queries that had only far keys and were repeated
 *   <li>{@code afterimage.change}: time of a change, with its record in the log if the index keeps one
 *   <li>{@code afterimage.save} and {@code afterimage.open}: time of a save, and of opening an observed index
 *   <li>{@code afterimage.disk.failures}: saves, and records in the log, that the disk has failed
 *   <li>{@code afterimage.listener.failures}: times that a {@link QueryListener} has thrown
 *   <li>{@code afterimage.keys}: keys in the index; NaN while there is none, or it is closed
 *   <li>{@code afterimage.memory.bytes}, tagged {@code kind}, and {@code afterimage.memory.limit}: native memory of the process
 *   <li>{@code afterimage.engine.fallbacks}: faster engines that this machine cannot use
 *   <li>{@code afterimage.leaks}: objects never closed, if tracking is on
 * </ul>
 *
 * <p>Those of the index are tagged {@code index}, the first one {@code engine} as well. Make one object for each name, bind it,
 * and call {@link #observe} with the first index and again after every reload. Counters continue when the index changes.
 *
 * <pre>{@code
 * CacheIndexMetrics metrics = new CacheIndexMetrics("products");
 * metrics.bindTo(new SimpleMeterRegistry());
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     metrics.observe(index);
 * }
 * }</pre>
 *
 * <p>Threads: thread-safe. Lifetime: a registry holds the observed index.
 */
public final class CacheIndexMetrics implements MeterBinder {
    private static final String MEMORY_LIMIT = "afterimage.memory.limit";

    private final String name;
    private final List<MeterRegistry> registries = new ArrayList<>(); // guarded by this
    private final LongAdder queries = new LongAdder();
    private final LongAdder diskFailures = new LongAdder();
    private final List<Total> totals = List.of(
            new Total(
                    "afterimage.queries.repeated",
                    "Queries done again because every key was far",
                    IndexStatistics::repeatedQueries),
            new Total(
                    "afterimage.listener.failures",
                    "How many times a query listener has thrown",
                    IndexStatistics::listenerFailures));
    /** One object, because an index adds a listener only once. */
    private final QueryListener listener = new QueryListener() {
        @Override
        public void answered(int count, long nanos) {
            queries.add(count);
            record(timers, nanos);
        }

        @Override
        public void changed(long nanos) {
            record(changes, nanos);
        }

        @Override
        public void saved(long nanos) {
            record(saves, nanos);
        }

        @Override
        public void failed(Exception failure) {
            diskFailures.increment();
        }
    };

    private @Nullable CacheIndex index; // guarded by this
    private volatile List<Timer> timers = List.of();
    private final List<Timer> changes = new CopyOnWriteArrayList<>();
    private final List<Timer> saves = new CopyOnWriteArrayList<>();
    private final List<Timer> openings = new CopyOnWriteArrayList<>();

    /** @param name distinguishes this index from others of the process */
    public CacheIndexMetrics(String name) {
        this.name = name;
    }

    /**
     * Observes this index from now on, in place of the former one. Calls that the former index still answers are counted, but
     * not its repeated queries and failures of listeners.
     *
     * @return this
     */
    public synchronized CacheIndexMetrics observe(CacheIndex next) {
        next.observe(listener);
        totals.forEach(total -> total.follow(index, next));
        if (index != next) {
            opened(next, openings);
        }
        index = next;
        time();
        return this;
    }

    /** Registers the meters, once in each registry. */
    @Override
    public synchronized void bindTo(MeterRegistry registry) {
        if (registries.contains(registry)) {
            return;
        }
        registries.add(registry);
        time();
        changes.add(timer(registry, "afterimage.change", "Time of a change, with its record in the log"));
        saves.add(timer(registry, "afterimage.save", "Time of a save"));
        Timer opening = timer(registry, "afterimage.open", "Time of opening an index");
        openings.add(opening);
        if (index != null) {
            opened(index, List.of(opening));
        }
        counter(registry, "afterimage.queries", "Queries answered", metrics -> metrics.queries.sum());
        totals.forEach(total -> counter(registry, total.meter, total.description, metrics -> metrics.value(total)));
        counter(
                registry,
                "afterimage.disk.failures",
                "Saves and records in the log that the disk has failed",
                metrics -> metrics.diskFailures.sum());
        Gauge.builder("afterimage.keys", this, CacheIndexMetrics::keys)
                .description("Keys in the index")
                .tag("index", name)
                .strongReference(true)
                .register(registry);
        if (registry.find(MEMORY_LIMIT).meter() == null) { // another index of the process has not been here
            bindProcess(registry);
        }
    }

    private static void bindProcess(MeterRegistry registry) {
        for (MemoryKind kind : MemoryKind.values()) {
            Gauge.builder("afterimage.memory.bytes", () -> MemoryUse.bytes(kind))
                    .description("Native memory of the process")
                    .baseUnit("bytes")
                    .tag("kind", kind.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        Gauge.builder(MEMORY_LIMIT, MemoryUse::limit)
                .description("The most that host and pinned memory may take together")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("afterimage.engine.fallbacks", Engines::fallbacks)
                .description("Faster engines that cannot be used on this machine")
                .register(registry);
        // A counter holds its object weakly; the class object stays.
        FunctionCounter.builder("afterimage.leaks", LeakTracker.class, tracker -> LeakTracker.leaks())
                .description("Native objects that were never closed, where tracking is on")
                .register(registry);
    }

    private void counter(
            MeterRegistry registry, String meter, String description, ToDoubleFunction<CacheIndexMetrics> count) {
        FunctionCounter.builder(meter, this, count)
                .description(description)
                .tag("index", name)
                .register(registry);
    }

    /** Chooses the timers of the current engine. */
    private void time() {
        if (index != null) {
            timers = registries.stream()
                    .map(registry -> Timer.builder("afterimage.query")
                            .description("Time of a call, a batch being one")
                            .tags("index", name, "engine", index.engine().name())
                            .publishPercentiles(0.5, 0.9, 0.99)
                            .register(registry))
                    .toList();
        }
    }

    private Timer timer(MeterRegistry registry, String meter, String description) {
        return Timer.builder(meter).description(description).tag("index", name).register(registry);
    }

    private static void record(List<Timer> timers, long nanos) {
        timers.forEach(timer -> timer.record(nanos, TimeUnit.NANOSECONDS));
    }

    private static void opened(CacheIndex index, List<Timer> openings) {
        if (!index.statistics().openTime().isZero()) {
            openings.forEach(timer -> timer.record(index.statistics().openTime()));
        }
    }

    private synchronized double value(Total total) {
        return total.now(index);
    }

    private synchronized double keys() {
        try {
            return index == null ? Double.NaN : index.size();
        } catch (IllegalStateException closed) {
            return Double.NaN;
        }
    }

    @Override
    public synchronized String toString() {
        return "CacheIndexMetrics[" + (index == null ? "no index" : index) + "]";
    }

    /** A count that continues when another index replaces the observed one. */
    private static final class Total {
        final String meter;
        final String description;
        private final ToLongFunction<IndexStatistics> count;
        private long before;

        Total(String meter, String description, ToLongFunction<IndexStatistics> count) {
            this.meter = meter;
            this.description = description;
            this.count = count;
        }

        void follow(@Nullable CacheIndex former, CacheIndex next) {
            before += of(former) - of(next);
        }

        private long of(@Nullable CacheIndex index) {
            return index == null ? 0 : count.applyAsLong(index.statistics());
        }

        double now(@Nullable CacheIndex index) {
            return index == null ? 0 : before + of(index);
        }
    }
}
