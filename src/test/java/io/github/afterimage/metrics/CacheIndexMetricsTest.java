package io.github.afterimage.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.store.MemoryUse;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CacheIndexMetricsTest {
    @Test
    void metersTellWhatTheIndexDoes() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (CacheIndex index = CacheIndex.builder(2, 2).build()) {
            new CacheIndexMetrics(index, "flowers").bindTo(registry);
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
            assertThat(registry.get("afterimage.rescues").functionCounter().count())
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
}
