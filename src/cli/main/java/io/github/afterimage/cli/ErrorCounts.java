package io.github.afterimage.cli;

import io.github.afterimage.model.evaluation.Prediction;

/**
 * Counts errors, and what became of the network's: corrected are those that a model gets right, broken the reverse. Of
 * examples without a network, the errors of the cache alone.
 */
final class ErrorCounts {
    private long examples;
    private boolean network;
    private long networkErrors;
    private long mixedErrors;
    private long cacheOnlyErrors;
    private long mixedCorrected;
    private long cacheOnlyCorrected;

    void add(Prediction prediction) {
        int label = prediction.label();
        examples++;
        cacheOnlyErrors += prediction.cacheOnly() != label ? 1 : 0;
        network = prediction.hasNetwork();
        if (!network) {
            return;
        }
        boolean networkWrong = prediction.network() != label;
        networkErrors += networkWrong ? 1 : 0;
        mixedErrors += prediction.mixed() != label ? 1 : 0;
        mixedCorrected += networkWrong && prediction.mixed() == label ? 1 : 0;
        cacheOnlyCorrected += networkWrong && prediction.cacheOnly() == label ? 1 : 0;
    }

    long examples() {
        return examples;
    }

    /** Whether the examples so far came with a network's answers. */
    boolean hasNetwork() {
        return network;
    }

    long networkErrors() {
        return networkErrors;
    }

    long mixedErrors() {
        return mixedErrors;
    }

    long cacheOnlyErrors() {
        return cacheOnlyErrors;
    }

    double networkError() {
        return error(networkErrors);
    }

    double mixedError() {
        return error(mixedErrors);
    }

    double cacheOnlyError() {
        return error(cacheOnlyErrors);
    }

    long mixedCorrected() {
        return mixedCorrected;
    }

    long mixedBroken() {
        return broken(mixedErrors, mixedCorrected);
    }

    long cacheOnlyCorrected() {
        return cacheOnlyCorrected;
    }

    long cacheOnlyBroken() {
        return broken(cacheOnlyErrors, cacheOnlyCorrected);
    }

    void report(Report report) {
        report.field("examples", examples)
                .field("cacheOnlyError", error(cacheOnlyErrors))
                .field("cacheOnlyErrors", cacheOnlyErrors);
        if (!network) {
            report.table(new Table("lrr")
                    .row("", "error", "wrong")
                    .row("cache only", Format.percent(error(cacheOnlyErrors)), Format.count(cacheOnlyErrors)));
            return;
        }
        report.field("networkError", error(networkErrors))
                .field("mixedError", error(mixedErrors))
                .field("networkErrors", networkErrors)
                .field("mixedErrors", mixedErrors)
                .field("corrected", mixedCorrected)
                .field("broken", mixedBroken());
        report.table(new Table("lrrrr")
                .row("", "error", "wrong", "corrected", "broken")
                .row("network", Format.percent(error(networkErrors)), Format.count(networkErrors))
                .row(
                        "mixed",
                        Format.percent(error(mixedErrors)),
                        Format.count(mixedErrors),
                        Format.count(mixedCorrected),
                        Format.count(mixedBroken()))
                .row(
                        "cache only",
                        Format.percent(error(cacheOnlyErrors)),
                        Format.count(cacheOnlyErrors),
                        Format.count(cacheOnlyCorrected),
                        Format.count(cacheOnlyBroken())));
    }

    private double error(long errors) {
        return (double) errors / examples;
    }

    /** Right in the network and wrong now: all errors but those that the network made too. */
    private long broken(long errors, long corrected) {
        return errors - (networkErrors - corrected);
    }
}
