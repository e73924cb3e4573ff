package io.github.afterimage.experiments.trial;

import io.github.afterimage.experiments.paper.WorkFolder;
import io.github.afterimage.model.data.Fingerprint;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tries whether a cache helps a network on labelled pictures, or what a memory of features can do alone. It prepares the
 * pictures, matches the classes, chooses layers and the form of keys, builds and tunes an index, and measures it on pictures
 * that nothing was chosen on.
 *
 * <p>Finished steps are kept in the work folder, and an interrupted trial continues. The network runs once on each picture,
 * besides the samples of the first steps; its values for the chosen layers are kept in a file.
 */
public final class Trial {
    private final TrialOptions options;
    private final TrialProgress progress;

    public Trial(TrialOptions options, TrialProgress progress) {
        this.options = options;
        this.progress = progress;
    }

    /** Does what the work folder lacks, and returns everything. */
    public TrialResult run() throws IOException {
        Stopwatch watch = Stopwatch.started();
        TrialData data = TrialData.of(options.data(), options.memory(), options.tuning(), options.test());
        WorkFolder work = new WorkFolder(options.folder().resolve("work"), options.peakBytes());
        TrialRun run = new TrialRun(options, work, progress);
        Map<String, Object> identity = identity(data);
        try (TrialSetup setup = data.areFeatures()
                ? new FeatureTrial(data, identity).setup(options.network())
                : new ImageTrial(run, data, identity).setup()) {
            return new IndexTrial(run, setup).result(watch);
        }
    }

    private static Map<String, Object> identity(TrialData data) throws IOException {
        Map<String, Object> identity = new LinkedHashMap<>();
        for (String part : data.parts()) {
            identity.put("data " + identity.size(), part + ", " + Fingerprint.of(part));
        }
        return identity;
    }
}
