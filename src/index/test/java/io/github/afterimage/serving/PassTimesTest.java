package io.github.afterimage.serving;

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
        assertThat(times.rows(1e9, 64)).isZero();
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
    }

    @Test
    void rowsAreWholeTilesUnlessATileTakesTooLong() {
        PassTimes times = new PassTimes();
        times.add(8, 1000);
        times.add(16, 3000);
        assertThat(times.rows(2900, 64)).isEqualTo(8);
        assertThat(times.rows(3000, 64)).isEqualTo(16);
        assertThat(times.rows(500, 64)).isEqualTo(4);
        assertThat(times.rows(3000, 10)).isEqualTo(10);
    }

    /** The first pass of one row; then each pass as large as a limit allows. */
    private static int found(PassTimes times, double limit, double slower, int passes) {
        for (int pass = 0; pass < passes; pass++) {
            int rows = Math.max(1, times.rows(limit, 64));
            times.add(rows, (long) (slower * time(rows)));
        }
        return times.rows(limit, 64);
    }

    @Test
    void theRowsOfALimitAreFoundFromOneRowOn() {
        assertThat(found(new PassTimes(), 27_000, 1, 10)).isEqualTo(24);
        assertThat(found(new PassTimes(), 9000, 1, 10)).isEqualTo(8);
        assertThat(found(new PassTimes(), 1e9, 1, 10)).isEqualTo(64);
    }

    @Test
    void aSlowerAndAFasterMachineIsNoticed() {
        PassTimes times = new PassTimes();
        assertThat(found(times, 33_000, 1, 40)).isEqualTo(32);
        assertThat(found(times, 33_000, 2, 40)).isEqualTo(16);
        assertThat(found(times, 33_000, 1, 400)).isEqualTo(32);
    }
}
