package io.github.afterimage.experiments.trial;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.experiments.readout.LabelledKeys;
import io.github.afterimage.experiments.readout.LinearReadout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The linear read-out of the keys of an index, as a baseline. */
final class ReadoutBaseline {
    private ReadoutBaseline() {}

    /** The classes that it gives the test examples, in order. */
    record Answers(int[] classes) {}

    static int[] answers(TrialExamples examples, String form, Path file, CacheIndex index, TrialRun run)
            throws IOException {
        Progress progress = run.begin("read-out");
        Map<String, Object> settings = new LinkedHashMap<>(examples.identity());
        settings.put("form", form);
        return run.work()
                .part("readout", settings, Answers.class, () -> {
                    try (StoredIndex stored = StoredIndex.open(file, false);
                            LabelledKeys keys = LabelledKeys.of(stored, Progress.NONE);
                            LabelledKeys tuning = LabelledKeys.of(index, examples.tuning(), Progress.NONE);
                            LabelledKeys test = LabelledKeys.of(index, examples.test(), Progress.NONE)) {
                        return new Answers(LinearReadout.fit(keys, tuning, run.threads(), progress)
                                .answers(test));
                    }
                })
                .classes();
    }
}
