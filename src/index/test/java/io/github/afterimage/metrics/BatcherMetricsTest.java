package io.github.afterimage.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.answer.Query;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.serving.Batcher;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BatcherMetricsTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private static CacheIndex index(int keys) {
        CacheIndex index = new CacheIndexBuilder(2, 2).build();
        for (int key = 0; key < keys; key++) {
            index.add(new float[] {1, key}, new int[] {key % 2});
        }
        return index;
    }

    private double ends(String outcome) {
        return registry.get("afterimage.requests")
                .tags("index", "flowers", "outcome", outcome)
                .functionCounter()
                .count();
    }

    @Test
    void metersTellWhatTheBatcherDoesAndFollowItsIndex() throws Exception {
        Query query = Query.of(new float[] {1, 0, 0, 1, 1, 1}).thetas(10);
        try (Batcher batcher = new Batcher(index(3), new BatchOptions().maxQueued(3))) {
            new BatcherMetrics("flowers", batcher).bindTo(registry);
            batcher.submit(query).get();
            assertThatThrownBy(batcher.submit(query.within(Duration.ofNanos(1)))::get)
                    .isNotNull();
            batcher.replace(index(5)).get();
            batcher.submit(query).get();
            assertThat(registry.get("afterimage.request").timer().count()).isEqualTo(2);
            assertThat(registry.get("afterimage.batch.rows").summary().max()).isEqualTo(3);
            assertThat(registry.get("afterimage.queue.rows").gauge().value()).isZero();
            assertThat(ends("answered")).isEqualTo(2);
            assertThat(ends("late")).isEqualTo(1);
            assertThat(ends("refused")).isZero();
            assertThat(ends("cancelled")).isZero();
            assertThat(ends("failed")).isZero();
            assertThat(registry.get("afterimage.keys").gauge().value()).isEqualTo(5);
            assertThat(registry.get("afterimage.queries").functionCounter().count())
                    .isGreaterThanOrEqualTo(6);
        }
        assertThat(registry.get("afterimage.keys").gauge().value()).isNaN();
        assertThat(ends("answered")).isEqualTo(2);
    }
}
