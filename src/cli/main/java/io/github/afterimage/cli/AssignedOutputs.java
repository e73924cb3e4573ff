package io.github.afterimage.cli;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.cli.options.NetworkOptions;
import io.github.afterimage.experiments.ClassAssignment;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/** The outputs of a network that are the classes of images, as {@code --outputs} gives them or lets them be found. */
record AssignedOutputs(
        NetworkOptions network, DataOptions data, int threads, Function<String, TerminalProgress> progress) {
    /** Returns the outputs, and reports those that it finds; empty if {@code --outputs} is not given. */
    List<Integer> outputs(Report report) throws IOException {
        if (!network.findsOutputs()) {
            return network.outputs();
        }
        ClassAssignment found;
        try (TerminalProgress shown = progress.apply("assigning")) {
            found = network.assignment(data, threads, shown);
        } catch (IllegalArgumentException e) {
            throw new Failure.UnusableDataException(data.description(), e);
        }
        List<String> names = data.classNames();
        List<Integer> outputs;
        try {
            outputs = found.requireClear(names);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--outputs auto: " + e.getMessage(), e);
        }
        report(report, names, found);
        return outputs;
    }

    private static void report(Report report, List<String> names, ClassAssignment found) {
        Table table = new Table("lrr").row("class", "output", "answers");
        for (int label = 0; label < names.size(); label++) {
            table.row(
                            value("name", names.get(label)),
                            value("output", found.outputs().get(label)),
                            figure(
                                    "answers",
                                    found.answers(label),
                                    found.answers(label) + " of " + Format.count(found.examples(label))))
                    .field("images", found.examples(label));
        }
        int answers = IntStream.range(0, names.size()).map(found::answers).sum();
        int images = IntStream.range(0, names.size()).map(found::examples).sum();
        report.list("outputs", table)
                .line(
                        "Among all its outputs, the network gives %s of %s images the output of their class.",
                        count("rightAnswers", answers), count("sampledImages", images))
                .line("");
        List<Integer> weak = IntStream.range(0, names.size())
                .filter(label -> 2 * found.answers(label) < found.examples(label))
                .boxed()
                .toList();
        if (!weak.isEmpty()) {
            report.warning("fewer than half of the images are answered with the output of their class: "
                    + found.described(weak, names) + "; check these outputs, and the preparation of the images");
        }
    }
}
