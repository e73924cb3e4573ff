package io.github.afterimage.experiments.layers;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.percent;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reports the errors of each layer alone as key.
 *
 * @param data a description of the examples
 * @param described the reduction and the type of the keys
 * @param fixed theta and lambda of all layers; null if they were tuned for each
 */
record LayerSweepReport(
        List<LayerErrors> found,
        String data,
        String described,
        @Nullable Hyperparameters fixed) {
    private Optional<LayerErrors> best() {
        return found.stream()
                .filter(outcome -> outcome.problem() == null)
                .min(Comparator.comparingDouble(LayerErrors::mixedError));
    }

    private Table table() {
        return new Columns<LayerErrors>()
                .left("layer", each -> value("layer", each.layer()))
                .right(
                        "depth",
                        each -> each.problem() == null
                                ? Text.fixed("depth", each.depth(), 3)
                                : Format.fixed(each.depth(), 3))
                .right("key dim", each -> good(each, count("keyDim", each.keyDim())))
                .right("mixed", each -> good(each, percent("mixedError", each.mixedError())))
                .right("cache only", each -> good(each, percent("cacheOnlyError", each.cacheError())))
                .left(
                        "",
                        each -> each.problem() == null
                                ? chosen(each)
                                : figure("problem", each.problem(), "cannot be a key"))
                .table(found);
    }

    private static Text good(LayerErrors each, Text figure) {
        return each.problem() == null ? figure : Text.of("");
    }

    private Text chosen(LayerErrors each) {
        Text chosen = Text.hyperparameters(new Hyperparameters(each.theta(), each.lambda()));
        return fixed == null ? chosen : new Text("", chosen.figures());
    }

    private String chosen() {
        return fixed == null
                ? "theta and lambda tuned for each"
                : Text.hyperparameters(fixed).text();
    }

    void write(Report report) {
        report.titled(
                        "Which layer remembers best?",
                        "The paper's Figure 2: " + data + ". Every layer alone as key, from the image to the output.")
                .line(described + "; each layer alone as key, " + chosen());
        List<LayerErrors> good =
                found.stream().filter(outcome -> outcome.problem() == null).toList();
        best().ifPresent(best -> report.onPage(page -> page.heading("With the network")
                .paragraph("Test accuracy over normalised depth:")
                .chart(chart(good, "with cache", LayerErrors::mixedError)
                        .guide("network alone", ends(good), new double[] {
                            100 * (1 - best.networkError()), 100 * (1 - best.networkError())
                        })
                        .mark(best.layer(), best.depth()))
                .heading("The cache alone")
                .chart(chart(good, "cache alone", LayerErrors::cacheError))
                .heading("In numbers")));
        report.list("layers", table());
        best().ifPresent(best -> report.line("")
                .line(
                        "network %s; best %s, %s at depth %s",
                        percent("networkError", best.networkError()),
                        value("best", best.layer()),
                        Format.percent(best.mixedError()),
                        Format.fixed(best.depth(), 3)));
    }

    private static double[] ends(List<LayerErrors> layers) {
        return new double[] {
            layers.get(0).depth(), layers.get(layers.size() - 1).depth()
        };
    }

    private static LineChart chart(List<LayerErrors> found, String name, ToDoubleFunction<LayerErrors> error) {
        return new LineChart("depth: 0 is the image, 1 the output", "accuracy, %")
                .line(
                        name,
                        found.stream().mapToDouble(LayerErrors::depth).toArray(),
                        found.stream()
                                .mapToDouble(outcome -> 100 * (1 - error.applyAsDouble(outcome)))
                                .toArray());
    }
}
