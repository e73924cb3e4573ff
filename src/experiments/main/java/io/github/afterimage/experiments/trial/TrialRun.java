package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.paper.WorkFolder;

/** The options, the work folder and the progress that all steps of a trial share. */
record TrialRun(TrialOptions options, WorkFolder work, TrialProgress progress) {
    int threads() {
        return options.threads();
    }

    long seed() {
        return options.seed();
    }

    /** Begins a step, and ends the one before. */
    Progress begin(String step) {
        return progress.begin(step);
    }
}
