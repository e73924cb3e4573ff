package io.github.afterimage.cli;

import io.github.afterimage.experiment.Evaluation.Prediction;

/** Counts errors, and what became of the network's: corrected are those that a model gets right, broken the reverse. */
final class Tally {
    private long examples;
    private long networkErrors;
    private long mixedErrors;
    private long cacheOnlyErrors;
    private long mixedCorrected;
    private long cacheOnlyCorrected;

    void add(Prediction prediction) {
        int label = prediction.label();
        boolean networkWrong = prediction.network() != label;
        examples++;
        networkErrors += networkWrong ? 1 : 0;
        mixedErrors += prediction.mixed() != label ? 1 : 0;
        cacheOnlyErrors += prediction.cacheOnly() != label ? 1 : 0;
        mixedCorrected += networkWrong && prediction.mixed() == label ? 1 : 0;
        cacheOnlyCorrected += networkWrong && prediction.cacheOnly() == label ? 1 : 0;
    }

    long examples() {
        return examples;
    }

    void report(Report report) {
        report.field("examples", examples)
                .field("networkError", error(networkErrors))
                .field("mixedError", error(mixedErrors))
                .field("cacheOnlyError", error(cacheOnlyErrors))
                .field("networkErrors", networkErrors)
                .field("mixedErrors", mixedErrors)
                .field("cacheOnlyErrors", cacheOnlyErrors)
                .field("corrected", mixedCorrected)
                .field("broken", broken(mixedErrors, mixedCorrected));
        report.table(new Table("lrrrr")
                .row("", "error", "wrong", "corrected", "broken")
                .row("network", Format.percent(error(networkErrors)), Format.count(networkErrors))
                .row(
                        "mixed",
                        Format.percent(error(mixedErrors)),
                        Format.count(mixedErrors),
                        Format.count(mixedCorrected),
                        Format.count(broken(mixedErrors, mixedCorrected)))
                .row(
                        "cache only",
                        Format.percent(error(cacheOnlyErrors)),
                        Format.count(cacheOnlyErrors),
                        Format.count(cacheOnlyCorrected),
                        Format.count(broken(cacheOnlyErrors, cacheOnlyCorrected))));
    }

    private double error(long errors) {
        return (double) errors / examples;
    }

    /** Right in the network and wrong now: all errors but those that the network made too. */
    private long broken(long errors, long corrected) {
        return errors - (networkErrors - corrected);
    }
}
