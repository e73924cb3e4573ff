package io.github.afterimage.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Engine;
import io.github.afterimage.Engines;
import io.github.afterimage.MemoryUse;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheIndexMetricsTest {
    @Test
    void metersTellWhatTheIndexDoes() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            new CacheIndexMetrics("flowers").observe(index).bindTo(registry);
            index.add(new float[] {1, 0, 1, 0.001f, 0, 1}, new int[] {0, 1, 1});
            index.remove(2);
            for (int i = 0; i < 10; i++) {
                index.query(new float[] {1, 0, -1, 0}, 1000);
            }
            Timer timer = registry.get("afterimage.query")
                    .tags("index", "flowers", "engine", index.engine().name())
                    .timer();
            assertThat(timer.count()).isEqualTo(10);
            assertThat(Arrays.stream(timer.takeSnapshot().percentileValues()).mapToDouble(value -> value.percentile()))
                    .containsExactly(0.5, 0.9, 0.99);
            assertThat(registry.get("afterimage.queries").functionCounter().count())
                    .isEqualTo(20);
            assertThat(registry.get("afterimage.queries.repeated")
                            .functionCounter()
                            .count())
                    .isEqualTo(10);
            assertThat(registry.get("afterimage.keys").gauge().value()).isEqualTo(2);
            assertThat(registry.get("afterimage.memory.bytes")
                            .tag("kind", "host")
                            .gauge()
                            .value())
                    .isEqualTo(MemoryUse.bytes())
                    .isPositive();
            assertThat(registry.get("afterimage.memory.bytes")
                            .tag("kind", "mapped")
                            .gauge()
                            .value())
                    .isZero();
            assertThat(registry.get("afterimage.memory.limit").gauge().value()).isEqualTo(MemoryUse.limit());
            assertThat(registry.get("afterimage.engine.fallbacks").gauge().value())
                    .isNotNegative();
        }
        assertThat(registry.get("afterimage.keys").gauge().value()).isNaN();
    }

    private static final float[] KEYS = {1, 0, 1, 0.001f, 0, 1};
    private static final float[] FAR_QUERY = {-1, 0};

    private static double count(SimpleMeterRegistry registry, String meter) {
        return registry.get(meter).tag("index", "flowers").functionCounter().count();
    }

    private static long calls(SimpleMeterRegistry registry) {
        return registry.get("afterimage.query").tag("index", "flowers").timers().stream()
                .mapToLong(Timer::count)
                .sum();
    }

    private static CacheIndex index(int keys, Engine engine) {
        CacheIndex index = new CacheIndexBuilder(2, 2).engine(engine).build();
        index.add(Arrays.copyOf(KEYS, 2 * keys), new int[keys]);
        return index;
    }

    @Test
    void metersFollowTheNextIndexOfTheName() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        CacheIndexMetrics metrics = new CacheIndexMetrics("flowers");
        metrics.bindTo(registry);
        assertThat(registry.get("afterimage.keys").gauge().value()).isNaN();
        try (CacheIndex first = index(3, Engines.named("reference"))) {
            metrics.observe(first);
            first.query(FAR_QUERY, 1000);
            first.query(FAR_QUERY, 1000);
            try (CacheIndex second = index(2, Engines.auto())) {
                second.query(FAR_QUERY, 1000);
                metrics.observe(second);
                first.close();
                second.query(FAR_QUERY, 1000);
                assertThat(registry.get("afterimage.keys").gauge().value()).isEqualTo(2);
                assertThat(count(registry, "afterimage.queries")).isEqualTo(3);
                assertThat(count(registry, "afterimage.queries.repeated")).isEqualTo(3);
                assertThat(registry.get("afterimage.query")
                                .tag("engine", second.engine().name())
                                .timer()
                                .count())
                        .isPositive();
                assertThat(calls(registry)).isEqualTo(3);
            }
        }
        assertThat(count(registry, "afterimage.queries.repeated")).isEqualTo(3);
        assertThat(registry.get("afterimage.keys").gauge().value()).isNaN();
    }

    @Test
    void boundOrObservedTwiceEveryCallCountsOnce() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        CacheIndexMetrics metrics = new CacheIndexMetrics("flowers");
        try (CacheIndex index = index(3, Engines.auto());
                CacheIndex other = index(1, Engines.auto())) {
            metrics.observe(index).bindTo(registry);
            metrics.bindTo(registry);
            metrics.observe(index).observe(other).observe(index);
            index.query(FAR_QUERY, 1000);
            assertThat(calls(registry)).isEqualTo(1);
            assertThat(count(registry, "afterimage.queries")).isEqualTo(1);
            assertThat(count(registry, "afterimage.queries.repeated")).isEqualTo(1);
        }
    }

    @Test
    void aListenerThatThrowsIsCountedAndFailsNoQuery() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (CacheIndex index = index(3, Engines.auto())) {
            index.observe((queries, nanos) -> {
                throw new IllegalStateException("a listener that always fails");
            });
            new CacheIndexMetrics("flowers").observe(index).bindTo(registry);
            for (int i = 0; i < 5; i++) {
                assertThat(index.query(FAR_QUERY, 10).batch()).isEqualTo(1);
            }
            assertThat(index.statistics().listenerFailures()).isEqualTo(5);
            assertThat(calls(registry)).isEqualTo(5);
            assertThat(count(registry, "afterimage.listener.failures")).isEqualTo(5);
            assertThat(index.statistics().queries()).isEqualTo(5);
        }
    }

    @Test
    void changesSavesAndOpeningsAreTimedAndFailuresCounted(@TempDir Path folder) throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        CacheIndexMetrics metrics = new CacheIndexMetrics("flowers");
        metrics.bindTo(registry);
        Path file = folder.resolve("flowers.safetensors");
        try (CacheIndex index = index(3, Engines.auto())) {
            metrics.observe(index);
            index.add(new float[] {1, 1}, new int[] {0});
            index.remove(0);
            index.save(file);
            assertThatThrownBy(() -> index.save(folder)).isInstanceOf(IOException.class);
            assertThat(index.statistics().openTime()).isZero();
            assertThat(index.statistics().lastFailure())
                    .hasValueSatisfying(message -> assertThat(message).contains(folder.toString()));
        }
        assertThat(registry.get("afterimage.change").timer().count()).isEqualTo(2);
        assertThat(registry.get("afterimage.save").timer().count()).isEqualTo(1);
        assertThat(registry.get("afterimage.open").timer().count()).isZero();
        assertThat(count(registry, "afterimage.disk.failures")).isEqualTo(1);
        try (CacheIndex index = CacheIndex.open(file)) {
            assertThat(index.statistics().openTime()).isPositive();
            metrics.observe(index).observe(index);
            assertThat(registry.get("afterimage.open").timer().count()).isEqualTo(1);
            SimpleMeterRegistry late = new SimpleMeterRegistry();
            metrics.bindTo(late);
            assertThat(late.get("afterimage.open").timer().count()).isEqualTo(1);
        }
    }
}
