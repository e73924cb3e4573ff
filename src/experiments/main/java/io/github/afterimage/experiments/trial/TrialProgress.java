package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;

/** Shows the progress of a trial, step by step. */
public interface TrialProgress {
    /** Begins a step, and ends the one before. */
    Progress begin(String step);
}
