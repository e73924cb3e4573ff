package io.github.afterimage.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PassTimesTest {
    /** A pass that memory bounds up to eight rows, and arithmetic beyond. */
    private static long time(int rows) {
        return 1000L * Math.max(8, rows);
    }

    @Test
    void nothingIsKnownBeforeTheFirstPass() {
        PassTimes times = new PassTimes();
        assertThat(times.nanos(1)).isZero();
        assertThat(times.rows(1e9)).isZero();
    }

    @Test
    void timesBetweenMeasuredOnesAreOnALine() {
        PassTimes times = new PassTimes();
        times.add(8, 1000);
        times.add(16, 3000);
        assertThat(times.nanos(8)).isEqualTo(1000);
        assertThat(times.nanos(12)).isEqualTo(2000, within(1e-6));
        assertThat(times.nanos(32)).isEqualTo(6000);
        assertThat(times.nanos(2)).isEqualTo(1000);
        assertThat(times.rows(2000)).isEqualTo(12);
        assertThat(times.rows(500)).isEqualTo(4);
    }

    @Test
    void theNumberOfRowsOfALimitIsFoundByDoubling() {
        PassTimes times = new PassTimes();
        times.add(1, time(1));
        for (int pass = 0; pass < 20; pass++) {
            int rows = times.rows(12_000);
            times.add(rows, time(rows));
        }
        assertThat(times.rows(12_000)).isBetween(10, 12);
    }

    @Test
    void aSlowerMachineIsNoticed() {
        PassTimes times = new PassTimes();
        for (int pass = 0; pass < 40; pass++) {
            int rows = Math.max(1, times.rows(30_000));
            times.add(rows, time(rows));
        }
        assertThat(times.rows(30_000)).isBetween(25, 30);
        for (int pass = 0; pass < 40; pass++) {
            int rows = times.rows(30_000);
            times.add(rows, 2 * time(rows));
        }
        assertThat(times.rows(30_000)).isBetween(12, 15);
    }
}
