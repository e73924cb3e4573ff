package io.github.afterimage.experiments.layers;

import static io.github.afterimage.experiments.report.Text.percent;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import java.util.List;
import java.util.Locale;

/**
 * Reports a search for the best combination of layers.
 *
 * @param tests the combinations that were tested on the test examples
 * @param criterion the value that the search minimised
 * @param candidates the number of candidate layers
 * @param data a description of the examples
 * @param described the reduction and the type of the keys
 */
public record LayerSearchReport(
        LayerSearch.Findings found,
        List<LayerSearch.TestedCombination> tests,
        LayerSearch.Criterion criterion,
        int candidates,
        String data,
        String described) {
    /** Tells why a combination was tested. */
    private String note(String layers) {
        return layers.equals(found.found().layers())
                ? "found"
                : layers.equals(found.best().layers())
                        ? "best held out"
                        : layers.equals(found.unweighted().layers()) ? "best without weights" : "to compare";
    }

    /** Tells why the search took the combination that it found. */
    private String rule() {
        if (found.found().equals(found.best())) {
            return "the best, and no simpler one is within one standard error";
        }
        return "the simplest within one standard error of the best, " + amount(found.difference()) + " more " + unit()
                + " with a standard error of " + amount(found.standardError());
    }

    private String unit() {
        return switch (criterion) {
            case ERRORS -> "errors";
            case MARGIN -> "soft errors";
            case LOSS -> "\u2212log p";
        };
    }

    /** A value of the criterion in its unit. */
    private String amount(double value) {
        return switch (criterion) {
            case ERRORS -> Format.fixed(value * found.queries(), 0);
            case MARGIN -> Format.fixed(value * found.queries(), 1);
            case LOSS -> Format.fixed(value, 4);
        };
    }

    public void write(Report report) {
        report.titled(
                        "Which layers remember best together?",
                        Format.count(found.trials(), "combination") + " tried on " + Format.count(found.queries())
                                + " held-out images; what was found is tried on test images that had no part in it.")
                .line(value("data", data))
                .line(Format.count(candidates, "candidate") + ", " + Format.count(found.trials(), "combination")
                        + " tried on " + Format.count(found.queries()) + " held-out examples against "
                        + Format.count(found.keys(), "key") + "; " + described + "; network "
                        + Format.count(found.networkErrors(), "error") + "; searched by "
                        + criterion.name().toLowerCase(Locale.ROOT))
                .heading("Round by round")
                .onPage(page -> page.paragraph("The decrease of the network's " + unit() + " with a cache"
                                + " on the held-out images, as layers are added, exchanged and weighted; and the fewest errors "
                                + "there, of which the network alone makes " + Format.count(found.networkErrors())
                                + ".")
                        .chart(saved(found.rounds())))
                .table(table(found.rounds(), "layers"))
                .line("%s: %s", value("found", found.found().layers()), rule())
                .heading("Each candidate alone")
                .onPage(page -> page.chart(saved(found.singles())))
                .table(table(found.singles(), "layer"))
                .field("search", found)
                .heading("On the test images")
                .list("test", tested())
                .note("Weights multiply the activations of a layer before the whole key is scaled to unit norm.");
    }

    private static Table table(List<LayerSearch.Trial> trials, String layers) {
        Table table =
                new Table("rrrrll").row("soft errors", "-log p", "mixed errors", "cache only", "theta, lambda", layers);
        for (LayerSearch.Trial trial : trials) {
            table.row(
                    Format.fixed(trial.softErrors(), 1),
                    Format.fixed(trial.logLoss(), 4),
                    Format.count(trial.errors()),
                    Format.count(trial.cacheErrors()),
                    Format.number(trial.theta()) + ", " + Format.number(trial.lambda()),
                    trial.layers());
        }
        return table;
    }

    private Table tested() {
        Table table = new Table("rrrll").row("network", "mixed", "cache only", "", "layers");
        for (LayerSearch.TestedCombination each : tests) {
            table.row(
                            percent("networkError", each.networkError()),
                            percent("mixedError", each.mixedError()),
                            percent("cacheOnlyError", each.cacheError()),
                            value("what", note(each.layers())),
                            value("layers", each.layers()))
                    .field("examples", each.examples())
                    .field("theta", each.theta())
                    .field("lambda", each.lambda());
        }
        return table;
    }

    /** The decrease of the criterion that each combination gives. */
    private BarChart saved(List<LayerSearch.Trial> trials) {
        BarChart chart = new BarChart();
        for (LayerSearch.Trial trial : trials) {
            double saved = found.networkValue() - trial.value();
            chart.bar(
                    trial.layers().replace("activation_", "").replace(",", ", "),
                    criterion == LayerSearch.Criterion.LOSS ? saved : saved * found.queries(),
                    amount(saved),
                    Format.count(trial.errors(), "error"));
        }
        return chart;
    }
}
