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

    @Test
    void keysThatDoNotFitInTheOverheadAreRefusedWithWhatTheyNeed() {
        assertThatThrownBy(() -> ExecutorMemory.check(cluster(), 2, 8, 8, 8 * GIB, 1 << 20, Long.MAX_VALUE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("keys take 4360 MiB outside the heap of each of 2 executors and"
                        + " spark.executor.memoryOverhead is 384m: set it to at least 4361m, use more executors, or let"
                        + " fewer bytes of keys be resident");
    }

    @Test
    void anExecutorMayHaveTheShareWithMoreParts() {
        assertThatThrownBy(() -> ExecutorMemory.check(cluster(), 2, 5, 2, 5 * GIB, 5 << 10, Long.MAX_VALUE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("keys take " + (3 * 1024 + 256) + " MiB outside");
    }

    @Test
    void moreOverheadMoreExecutorsOrFewerResidentBytesDo() {
        assertThatCode(() -> {
                    SparkConf more = cluster().set("spark.executor.memoryOverhead", "4361m");
                    ExecutorMemory.check(more, 2, 8, 8, 8 * GIB, 1 << 20, Long.MAX_VALUE);
                    ExecutorMemory.check(more, 8, 8, 8, 8 * GIB, 1 << 20, Long.MAX_VALUE);
                    ExecutorMemory.check(cluster(), 2, 8, 8, 8 * GIB, 1 << 20, 16 << 20);
                    ExecutorMemory.check(
                            cluster().set("spark.master", "local[2]"), 1, 8, 8, 8 * GIB, 1 << 20, Long.MAX_VALUE);
                })
                .doesNotThrowAnyException();
    }
}
