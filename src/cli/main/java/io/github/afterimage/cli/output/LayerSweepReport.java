package io.github.afterimage.cli.output;

import static io.github.afterimage.cli.output.Text.count;
import static io.github.afterimage.cli.output.Text.figure;
import static io.github.afterimage.cli.output.Text.hyperparameters;
import static io.github.afterimage.cli.output.Text.percent;
import static io.github.afterimage.cli.output.Text.value;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.experiments.paper.LayerErrors;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
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
public record LayerSweepReport(
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
        Table table = new Table("lrrrrl").row("layer", "depth", "key dim", "mixed", "cache only", "");
        for (LayerErrors outcome : found) {
            Text layer = value("layer", outcome.layer());
            if (outcome.problem() != null) {
                String depth = Format.fixed(outcome.depth(), 3);
                table.row(layer, depth, "", "", "", figure("problem", outcome.problem(), "cannot be a key"));
                continue;
            }
            Text chosen = hyperparameters(new Hyperparameters(outcome.theta(), outcome.lambda()));
            table.row(
                    layer,
                    Text.fixed("depth", outcome.depth(), 3),
                    count("keyDim", outcome.keyDim()),
                    percent("mixedError", outcome.mixedError()),
                    percent("cacheOnlyError", outcome.cacheError()),
                    fixed == null ? chosen : new Text("", chosen.figures()));
        }
        return table;
    }

    private String chosen() {
        return fixed == null
                ? "theta and lambda tuned for each"
                : hyperparameters(fixed).text();
    }

    public void write(Report report) {
        report.line(value("data", data))
                .line(described + "; each layer alone as key, " + chosen())
                .list("layers", table());
        best().ifPresent(best -> report.line("")
                .line(
                        "network %s; best %s, %s at depth %s",
                        percent("networkError", best.networkError()),
                        value("best", best.layer()),
                        Format.percent(best.mixedError()),
                        Format.fixed(best.depth(), 3)));
    }

    public Page page() {
        List<LayerErrors> good =
                found.stream().filter(outcome -> outcome.problem() == null).toList();
        Page page = new Page(
                "Which layer remembers best?",
                "The paper's Figure 2: " + data + ". Every layer alone as key, from the image to the output.");
        best().ifPresent(best -> {
            double[] ends = {good.get(0).depth(), good.get(good.size() - 1).depth()};
            page.heading("With the network");
            page.paragraph("Test accuracy over normalised depth: best with " + best.layer() + ", "
                    + Format.percent(1 - best.mixedError()) + "; the network alone, "
                    + Format.percent(1 - best.networkError()) + ".");
            page.chart(chart(good, "with cache", LayerErrors::mixedError)
                    .guide("network alone", ends, new double[] {
                        100 * (1 - best.networkError()), 100 * (1 - best.networkError())
                    })
                    .mark(best.layer(), best.depth()));
            page.heading("The cache alone");
            page.chart(chart(good, "cache alone", LayerErrors::cacheError));
        });
        page.heading("In numbers");
        List<List<String>> rows = table().cells().subList(1, found.size() + 1);
        int columns = rows.stream().allMatch(row -> row.get(5).isEmpty()) ? 5 : 6;
        page.table(
                List.of("layer", "depth", "key", "with cache", "alone", "").subList(0, columns),
                rows.stream().map(row -> row.subList(0, columns)).toList());
        page.note(described + "; " + chosen() + ". Errors in the table, accuracy in the charts.");
        return page;
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
