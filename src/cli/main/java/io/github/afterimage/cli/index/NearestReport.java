package io.github.afterimage.cli.index;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.number;
import static io.github.afterimage.experiments.report.Text.percent;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.experiments.NearestComparison;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Interval;
import java.util.Locale;

/** Reports whether sums over all keys or over the nearest keys are better. */
record NearestReport(NearestComparison compared) {
    void write(Report report) {
        NearestComparison.Pair mixed = compared.mixed();
        NearestComparison.Pair alone = compared.alone();
        Table table = new Table("lrrlrr").row("", "keys", "error", "95 % interval", "theta", "lambda");
        if (mixed != null) {
            rows(table, "mixed", "mixture", mixed);
        }
        rows(table, "cache only", "memory alone", alone);
        report.list("nearest", table).line("");
        if (mixed != null) {
            report.line(sentence("In the mixture", "mixedVerdict", mixed));
        }
        report.line(sentence("Alone", "cacheOnlyVerdict", alone))
                .line(
                        "All of these were chosen on these examples, N too: measure on others with evaluate --nearest N.");
    }

    private static void rows(Table table, String model, String shown, NearestComparison.Pair pair) {
        row(table, figure("model", model, shown), Text.of("all"), pair, pair.allErrors(), pair.all());
        row(table, figure("model", model, shown), count("k", pair.k()), pair, pair.nearestErrors(), pair.nearest());
    }

    private static void row(
            Table table, Text model, Text keys, NearestComparison.Pair pair, long errors, Hyperparameters point) {
        Interval interval = pair.interval(errors);
        table.row(
                        model,
                        keys,
                        percent("error", (double) errors / pair.gain().examples()),
                        Format.percentages(interval.low(), interval.high()),
                        number("theta", point.theta()),
                        model.figures().containsValue("mixed") ? number("lambda", point.lambda()) : "")
                .field("low", interval.low())
                .field("high", interval.high());
    }

    private static Text sentence(String where, String name, NearestComparison.Pair pair) {
        long fewer = pair.gain().corrected() - pair.gain().broken();
        String nearest = "the " + Format.count(pair.k(), "nearest key");
        String word = !pair.isClear() ? "within-chance" : fewer > 0 ? "nearest" : "all";
        String counts = fewer == 0
                ? "all keys and " + nearest + " make equally many errors"
                : (fewer > 0 ? nearest + (pair.k() == 1 ? " makes " : " make ") : "all keys make ")
                        + Format.count(Math.abs(fewer), "error") + " fewer than " + (fewer > 0 ? "all keys" : nearest);
        String chance = pair.isClear() ? "chance alone rarely gives such a difference" : "this is within chance";
        return figure(
                name,
                word,
                String.format(
                        Locale.ROOT,
                        "%s, %s: %s only the nearest have right, %s only all keys (McNemar's p %s); %s.",
                        where,
                        counts,
                        Format.count(pair.gain().corrected(), "answer"),
                        Format.count(pair.gain().broken()),
                        Format.probability(pair.gain().p()),
                        chance));
    }
}
