package io.github.afterimage.experiments.layers;

import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import java.util.List;

/**
 * Reports a search for the best combination of layers.
 *
 * @param tests the combinations that were tested on the test examples
 * @param criterion the value that the search minimised
 * @param candidates the number of candidate layers
 * @param described the reduction and the type of the keys
 */
record LayerSearchReport(
        LayerSearch.Findings found,
        List<LayerErrors> tests,
        LayerSearch.Criterion criterion,
        int candidates,
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

    void write(Report report) {
        report.titled(
                        "Which layers remember best together?",
                        Format.count(found.trials(), "combination") + " tried on " + Format.count(found.queries())
                                + " held-out images; what was found is tried on test images that had no part in it.")
                .line(Format.count(candidates, "candidate") + ", " + Format.count(found.trials(), "combination")
                        + " tried on " + Format.count(found.queries()) + " held-out examples against "
                        + Format.count(found.keys(), "key") + "; " + described + "; network "
                        + Format.count(found.networkErrors(), "error") + "; searched by "
                        + criterion)
                .heading("Round by round")
                .onPage(page -> page.paragraph("The decrease of the network's " + unit() + " with a cache"
                                + " on the held-out images, as layers are added, exchanged and weighted; and the fewest errors "
                                + "there, of which the network alone makes " + Format.count(found.networkErrors())
                                + ".")
                        .chart(saved(found.rounds())))
                .table(table(found.rounds(), "layers"))
                .line("%s: %s", Text.value("found", found.found().layers()), rule())
                .heading("Each candidate alone")
                .onPage(page -> page.chart(saved(found.singles())))
                .table(table(found.singles(), "layer"))
                .field("search", found)
                .heading("On the test images")
                .list(
                        "test",
                        new Columns<LayerErrors>()
                                .percent("network", "networkError", each -> each.networkError())
                                .percent("mixed", "mixedError", each -> each.mixedError())
                                .percent("cache only", "cacheOnlyError", each -> each.cacheError())
                                .text("", "what", each -> note(each.layer()))
                                .text("layers", "layers", LayerErrors::layer)
                                .field("examples", LayerErrors::examples)
                                .field("theta", LayerErrors::theta)
                                .field("lambda", LayerErrors::lambda)
                                .table(tests))
                .note("Weights multiply the activations of a layer before the whole key is scaled to unit norm.");
    }

    private static Table table(List<LayerSearch.Trial> trials, String layers) {
        return new Columns<LayerSearch.Trial>()
                .right("soft errors", trial -> Format.fixed(trial.softErrors(), 1))
                .right("-log p", trial -> Format.fixed(trial.logLoss(), 4))
                .right("mixed errors", trial -> Format.count(trial.errors()))
                .right("cache only", trial -> Format.count(trial.cacheErrors()))
                .left("theta, lambda", trial -> Format.number(trial.theta()) + ", " + Format.number(trial.lambda()))
                .left(layers, LayerSearch.Trial::layers)
                .table(trials);
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
