package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.protocol.WorkFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrialStepsTest {
    @Test
    void aStepIsTakenAgainWhereAStepBeforeItGaveAnotherResult(@TempDir Path folder) throws IOException {
        WorkFolder work = new WorkFolder(folder, () -> 0);
        AtomicInteger taken = new AtomicInteger();
        for (int layer : new int[] {1, 1, 2, 2}) {
            TrialSteps steps = new TrialSteps(work, Map.of("seed", 1));
            steps.forget("layer");
            steps.step("layer", Integer.class, () -> layer);
            steps.branch("division", taken.get()).step("tested", Integer.class, () -> 1);
            steps.step("tuned", Integer.class, taken::incrementAndGet);
        }
        assertThat(taken).hasValue(2);
    }
}
