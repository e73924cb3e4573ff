package io.github.afterimage.bench;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openjdk.jmh.results.RunResult;

/** The results of a run and the machine that gave them, as they are in a JSON file. */
public record Results(Map<String, String> machine, List<Measured> results) {
    /** The figures of one benchmark, which has the simple name of its class, with these parameters. */
    public record Measured(String benchmark, Map<String, String> parameters, Map<String, Figure> figures) {}

    /** One figure over the iterations of all forks. */
    public record Figure(double median, double least, double greatest, int n) {
        /** @param values at least one, finite */
        static Figure of(double[] values) {
            double[] sorted = Arrays.stream(values).sorted().toArray();
            int n = sorted.length;
            return new Figure((sorted[(n - 1) / 2] + sorted[n / 2]) / 2, sorted[0], sorted[n - 1], n);
        }

        @Override
        public String toString() {
            String format = median < 1000 ? "%.4g (%.4g to %.4g)" : "%,.0f (%,.0f to %,.0f)";
            return String.format(Locale.ROOT, format, median, least, greatest);
        }
    }

    /** @throws IOException if there is no such file, or it is something else */
    static Results read(Path file) throws IOException {
        Results read = JSON.std.beanFrom(Results.class, Files.readString(file));
        if (read.machine == null || read.results == null) {
            throw new IOException(file + " has no \"machine\" and \"results\": it is not a file of results");
        }
        return read;
    }

    /** Writes the file; what was there is replaced. */
    void write(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(this) + "\n");
    }

    static Results of(Map<String, String> machine, Collection<RunResult> runs) {
        List<Measured> results = new ArrayList<>();
        for (RunResult run : runs) {
            Map<String, String> parameters = new LinkedHashMap<>();
            for (String key : run.getParams().getParamsKeys()) {
                parameters.put(key, run.getParams().getParam(key));
            }
            Map<String, Figure> figures = new LinkedHashMap<>();
            for (String figure : run.getSecondaryResults().keySet()) {
                double[] values = run.getBenchmarkResults().stream()
                        .flatMap(fork -> fork.getIterationResults().stream())
                        .flatMap(iteration -> Stream.ofNullable(
                                iteration.getSecondaryResults().get(figure)))
                        .mapToDouble(result -> result.getScore())
                        .toArray();
                figures.put(figure, Figure.of(values));
            }
            String[] names = run.getParams().getBenchmark().split("\\.");
            results.add(new Measured(names[names.length - 2], parameters, figures));
        }
        return new Results(machine, results);
    }

    /** With what another run on the same machine found. */
    Results with(Results more) {
        Map<String, String> both = new LinkedHashMap<>(more.machine);
        both.putAll(machine);
        return new Results(
                both, Stream.concat(results.stream(), more.results.stream()).toList());
    }

    /** Returns a table in Markdown for each benchmark: a column for each value of its parameters, a row for each figure. */
    String tables() {
        StringBuilder text = new StringBuilder("# ").append(machine).append('\n');
        results.stream()
                .collect(Collectors.groupingBy(Measured::benchmark, LinkedHashMap::new, Collectors.toList()))
                .forEach((benchmark, group) -> {
                    text.append("\n## ").append(benchmark).append("\n\n");
                    row(text, "", group.stream().map(each -> each.parameters.toString()));
                    row(text, "---", group.stream().map(each -> "--:"));
                    group.stream()
                            .flatMap(each -> each.figures.keySet().stream())
                            .distinct()
                            .forEach(name -> row(
                                    text,
                                    name,
                                    group.stream()
                                            .map(each -> each.figures.containsKey(name)
                                                    ? each.figures.get(name).toString()
                                                    : "")));
                });
        return text.toString();
    }

    private static void row(StringBuilder text, String title, Stream<String> cells) {
        text.append(cells.collect(Collectors.joining(" | ", "| " + title + " | ", " |\n")));
    }
}
