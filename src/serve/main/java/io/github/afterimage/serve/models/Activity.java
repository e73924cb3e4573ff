package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.serve.protocol.JsonObject;
import io.github.afterimage.serving.BatchListener;
import io.github.afterimage.serving.Health;
import io.github.afterimage.serving.Monitored;
import io.github.afterimage.serving.RequestCounts;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.HistogramSnapshot;
import io.micrometer.core.instrument.distribution.ValueAtPercentile;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts the requests of a model since it was added, and how long they took in the last ten seconds. Thread-safe. */
final class Activity implements BatchListener {
    private static final Duration WINDOW = Duration.ofSeconds(10);
    /** The oldest part leaves the window at once, so the window holds 9.5 to 10 s. */
    private static final int PARTS = 20;

    private static final Duration PART = WINDOW.dividedBy(PARTS);
    private static final Duration LONGEST = Duration.ofDays(1);
    private static final double MEDIAN = 0.5;
    private static final double HIGH = 0.99;

    private final long start = System.nanoTime();
    private final Monitored model;
    private final Timer times = Timer.builder("recent")
            .publishPercentiles(MEDIAN, HIGH)
            .percentilePrecision(2)
            .distributionStatisticExpiry(WINDOW)
            .distributionStatisticBufferLength(PARTS)
            .serviceLevelObjectives(LONGEST) // counts the requests of the window
            .register(new SimpleMeterRegistry());

    private final LongAdder rows = new LongAdder();
    private final LongAdder passes = new LongAdder();
    private final LongAdder passNanos = new LongAdder();
    private final LongAdder requestNanos = new LongAdder();
    private volatile long last;

    /** Observes a model from now on. */
    Activity(Monitored model) {
        this.model = model;
        model.observe(this);
    }

    @Override
    public void passed(int count, long nanos) {
        rows.add(count);
        passes.increment();
        passNanos.add(nanos);
    }

    @Override
    public void answered(long nanos) {
        times.record(nanos, TimeUnit.NANOSECONDS);
        requestNanos.add(nanos);
        last = System.currentTimeMillis();
    }

    /** Tells what the model has done, as Triton does. */
    Map<String, Object> total(String name) {
        RequestCounts requests = model.health().requests();
        Map<String, Object> none = duration(0, 0);
        long failed = requests.refused() + requests.late() + requests.cancelled() + requests.failed();
        return new JsonObject()
                .with("name", name)
                .with("version", Models.VERSION)
                .with("last_inference", last)
                .with("inference_count", rows.sum())
                .with("execution_count", passes.sum())
                .with(
                        "inference_stats",
                        new JsonObject()
                                .with("success", duration(requests.answered(), requestNanos.sum()))
                                .with("fail", duration(failed, 0))
                                .with("queue", none)
                                .with("compute_input", none)
                                .with("compute_infer", duration(passes.sum(), passNanos.sum()))
                                .with("compute_output", none)
                                .with("cache_hit", none)
                                .with("cache_miss", none));
    }

    private static Map<String, Object> duration(long count, long nanos) {
        return new JsonObject().with("count", count).with("ns", nanos);
    }

    /** Tells the rate and the times of the last ten seconds, and the present state. */
    JsonObject recent() {
        Health health = model.health();
        CacheIndex index = model.index();
        HistogramSnapshot recent = times.takeSnapshot();
        double count = recent.histogramCounts()[0].count();
        double uptime = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
        double window = WINDOW.minus(PART.dividedBy(2)).toMillis() / 1e3;
        return new JsonObject()
                .with("queries", health.requests().answered())
                .with("queries_per_second", count / Math.max(1, Math.min(window, uptime)))
                .with("p50_ms", milliseconds(recent, MEDIAN))
                .with("p99_ms", milliseconds(recent, HIGH))
                .with("refused", health.requests().refused())
                .with("queued", health.queuedRows())
                .with("keys", health.keys())
                .with("bytes", health.keys() * index.format().keyBytes())
                .with("engine", index.engine().name())
                .with("uptime_seconds", (long) uptime);
    }

    private static @Nullable Double milliseconds(HistogramSnapshot recent, double percentile) {
        if (recent.histogramCounts()[0].count() == 0) {
            return null;
        }
        for (ValueAtPercentile value : recent.percentileValues()) {
            if (value.percentile() == percentile) {
                return value.value(TimeUnit.MILLISECONDS);
            }
        }
        throw new IllegalStateException("percentile " + percentile + " is not recorded");
    }
}
