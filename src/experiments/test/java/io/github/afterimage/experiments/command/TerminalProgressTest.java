package io.github.afterimage.experiments.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TerminalProgressTest {
    private final List<String> log = new ArrayList<>();
    private double seconds;

    private final TerminalProgress progress = new TerminalProgress("network", false, log::add, () -> seconds);

    private void report(double at, long done, long total) {
        seconds = at;
        progress.report(done, total);
    }

    @Test
    void theTimeLeftIsLoggedOnceFromTheFirstPicturesOn() {
        report(20, 0, 400);
        report(20.5, 1, 400); // too soon to tell
        report(22, 4, 400);
        report(24, 8, 400);
        assertThat(log).containsExactly("network, about 3 minutes left ...");
    }

    @Test
    void whatWasDoneBeforeAPassIsNotOfItsPace() {
        report(0, 300, 400);
        report(8, 304, 400);
        assertThat(log).containsExactly("network, about 3 minutes left ...");
        log.clear();
        TerminalProgress passes = new TerminalProgress("layers", false, log::add, () -> seconds);
        passes.report(0, 100);
        passes.report(100, 100);
        seconds = 40; // of a first pass and what it was for
        passes.report(0, 100);
        seconds = 44;
        passes.report(10, 100);
        assertThat(log).containsExactly("layers, about 36 seconds left ...");
    }

    @Test
    void aShortStepLogsNothing() {
        report(0, 0, 10);
        report(2, 5, 10);
        report(4, 10, 10);
        assertThat(log).isEmpty();
    }
}
