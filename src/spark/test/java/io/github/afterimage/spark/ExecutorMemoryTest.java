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

    private static SparkIndex.Source index(int parts, int shares, long residentBytes) {
        return new SparkIndex.Source("test", "index", new ShareOptions("auto", true, residentBytes), parts, shares);
    }

    @Test
    void refusesKeysThatExceedTheOverheadAndNamesTheBytesNeeded() {
        assertThatThrownBy(() -> ExecutorMemory.check(cluster(), 2, index(8, 8, Long.MAX_VALUE), 8 * GIB, 1 << 20, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("keys take 4360 MiB outside the heap of each of 2 executors and"
                        + " spark.executor.memoryOverhead is 384m: set it to at least 4361m, use more executors, or let"
                        + " fewer bytes of keys be resident");
    }

    @Test
    void countsTheShareWithTheMostParts() {
        assertThatThrownBy(() -> ExecutorMemory.check(cluster(), 2, index(5, 2, Long.MAX_VALUE), 5 * GIB, 5 << 10, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("keys take " + (3 * 1024 + 256) + " MiB outside");
    }

    @Test
    void countsValuesWhateverMayBeResident() {
        assertThatThrownBy(() -> ExecutorMemory.check(cluster(), 2, index(8, 8, 16 << 20), 8 * GIB, 1 << 20, 2 * GIB))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("keys take 1352 MiB outside");
    }

    @Test
    void acceptsMoreOverheadMoreExecutorsOrFewerResidentBytes() {
        assertThatCode(() -> {
                    SparkConf more = cluster().set("spark.executor.memoryOverhead", "4361m");
                    ExecutorMemory.check(more, 2, index(8, 8, Long.MAX_VALUE), 8 * GIB, 1 << 20, 0);
                    ExecutorMemory.check(more, 8, index(8, 8, Long.MAX_VALUE), 8 * GIB, 1 << 20, 0);
                    ExecutorMemory.check(cluster(), 2, index(8, 8, 16 << 20), 8 * GIB, 1 << 20, 0);
                    ExecutorMemory.check(
                            cluster().set("spark.master", "local[2]"),
                            1,
                            index(8, 8, Long.MAX_VALUE),
                            8 * GIB,
                            1 << 20,
                            0);
                })
                .doesNotThrowAnyException();
    }
}
