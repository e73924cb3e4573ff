package io.github.afterimage.cli;

import static io.github.afterimage.cli.output.Text.figure;
import static io.github.afterimage.cli.output.Text.value;

import io.github.afterimage.cli.options.DataOptions;
import io.github.afterimage.cli.options.NetworkOptions;
import io.github.afterimage.cli.output.Failure;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.cli.output.TerminalProgress;
import io.github.afterimage.experiments.ClassAssignment;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The outputs of a network that are the classes of images, as {@code --outputs} gives them or lets them be found. */
record AssignedOutputs(
        NetworkOptions network, DataOptions data, int threads, Function<String, TerminalProgress> progress) {
    private static final int CLASSES_LISTED = 6;

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
        if (!found.doubtful().isEmpty()) {
            throw new IllegalArgumentException(
                    "--outputs auto: the network's answers do not tell which of its outputs is "
                            + listed(found.doubtful(), names, found) + remedy(found));
        }
        report(report, names, found);
        return found.outputs();
    }

    private static String remedy(ClassAssignment found) {
        boolean complete = found.doubtful().stream().allMatch(label -> found.answers(label) > 0);
        return "; give the outputs of all classes"
                + (complete
                        ? ", such as the most frequent: --outputs "
                                + found.outputs().stream().map(String::valueOf).collect(Collectors.joining(","))
                        : "");
    }

    private static String listed(List<Integer> labels, List<String> names, ClassAssignment found) {
        String first = labels.stream()
                .limit(CLASSES_LISTED)
                .map(label -> "\"" + names.get(label) + "\" (" + found.describe(label) + ")")
                .collect(Collectors.joining(", "));
        int more = labels.size() - CLASSES_LISTED;
        return more > 0 ? first + " and " + Format.count(more, "more class") : first;
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
        report.list("outputs", table).line("");
        List<Integer> weak = IntStream.range(0, names.size())
                .filter(label -> 2 * found.answers(label) < found.examples(label))
                .boxed()
                .toList();
        if (!weak.isEmpty()) {
            report.warning("fewer than half of the images are answered with the output of their class: "
                    + listed(weak, names, found) + "; check these outputs, and the preparation of the images");
        }
    }
}
