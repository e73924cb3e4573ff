package io.github.afterimage.serve.http;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.serve.protocol.JsonObject;
import io.github.afterimage.serving.BatchListener;
import io.github.afterimage.serving.Health;
import io.github.afterimage.serving.Monitored;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.HistogramSnapshot;
import io.micrometer.core.instrument.distribution.ValueAtPercentile;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.NanoTime;
import org.jspecify.annotations.Nullable;

/** The statistics of a model, with the rate and the times of its requests in the last ten seconds. Thread-safe. */
final class RecentRequests {
    private static final Duration WINDOW = Duration.ofSeconds(10);
    /** The oldest part leaves the window at once, so the window holds 9.5 to 10 s. */
    private static final int PARTS = 20;

    private static final Duration PART = WINDOW.dividedBy(PARTS);
    private static final Duration LONGEST = Duration.ofDays(1);
    private static final double MEDIAN = 0.5;
    private static final double HIGH = 0.99;

    private final long start = NanoTime.now();
    private final Monitored model;
    private final Timer times = Timer.builder("recent")
            .publishPercentiles(MEDIAN, HIGH)
            .percentilePrecision(2)
            .distributionStatisticExpiry(WINDOW)
            .distributionStatisticBufferLength(PARTS)
            .serviceLevelObjectives(LONGEST) // counts the requests of the window
            .register(new SimpleMeterRegistry());

    /** Observes a model from now on. */
    RecentRequests(Monitored model) {
        this.model = model;
        model.observe(new BatchListener() {
            @Override
            public void answered(long nanos) {
                times.record(nanos, TimeUnit.NANOSECONDS);
            }
        });
    }

    /** Returns the statistics as a JSON object. */
    Map<String, Object> statistics() {
        Health health = model.health();
        CacheIndex index = model.index();
        HistogramSnapshot recent = times.takeSnapshot();
        double count = recent.histogramCounts()[0].count();
        double uptime = NanoTime.secondsSince(start);
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
