package io.github.afterimage.spark;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class ExecutorMemoryTest {
    private static final long GIB = 1L << 30;

    private static SparkConf cluster() {
        return new SparkConf(false).set("spark.master", "spark://host:7077").set("spark.executor.memory", "2g");
    }

    private static SparkIndex.Source index(int parts, int shares) {
        return new SparkIndex.Source("test", "index", ShareOptions.DEFAULTS, parts, shares);
    }

    @Test
    void refusesKeysThatExceedTheOverheadAndNamesTheBytesNeeded() {
        assertThatThrownBy(() -> ExecutorMemory.check(cluster(), 2, index(8, 8), 8 * GIB, 1 << 20))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("keys take 4360 MiB outside the heap of each of 2 executors and"
                        + " spark.executor.memoryOverhead is 384m: set it to at least 4361m, or use more executors");
    }

    @Test
    void countsTheShareWithTheMostParts() {
        assertThatThrownBy(() -> ExecutorMemory.check(cluster(), 2, index(5, 2), 5 * GIB, 5 << 10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("keys take " + (3 * 1024 + 256) + " MiB outside");
    }

    @Test
    void acceptsMoreOverheadOrMoreExecutors() {
        assertThatCode(() -> {
                    SparkConf more = cluster().set("spark.executor.memoryOverhead", "4361m");
                    ExecutorMemory.check(more, 2, index(8, 8), 8 * GIB, 1 << 20);
                    ExecutorMemory.check(more, 8, index(8, 8), 8 * GIB, 1 << 20);
                    ExecutorMemory.check(cluster().set("spark.master", "local[2]"), 1, index(8, 8), 8 * GIB, 1 << 20);
                })
                .doesNotThrowAnyException();
    }
}
