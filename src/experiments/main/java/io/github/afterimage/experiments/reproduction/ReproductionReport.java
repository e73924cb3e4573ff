package io.github.afterimage.experiments.reproduction;

import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.reproduction.ReproductionPlan.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reports the parts of a plan: their errors in one table, and their pages one below the other. */
record ReproductionReport(List<Outcome> outcomes) {
    private static final List<String> COLUMNS =
            List.of("network", "cache + network", "cache", "linear read-out", "linear read-out + network");

    /**
     * The outcome of one part.
     *
     * @param problem the reason why there is no result; empty if there is one
     * @param failed whether it was run and failed
     * @param figures the JSON object that it printed; empty without a result
     * @param page the page; null without a result
     */
    record Outcome(
            Part part,
            String problem,
            boolean failed,
            Map<String, Object> figures,
            @Nullable Path page,
            double seconds) {
        static Outcome withoutResult(Part part, String problem, boolean failed) {
            return new Outcome(part, problem, failed, Map.of(), null, 0);
        }
    }

    void write(Report report) {
        Table table = new Table("lrrrrrr")
                .row("", COLUMNS.get(0), COLUMNS.get(1), COLUMNS.get(2), COLUMNS.get(3), COLUMNS.get(4), "time");
        for (Outcome outcome : outcomes) {
            List<Object> cells = new ArrayList<>(List.of(Text.value("name", outcome.part.name())));
            cells.addAll(cells(outcome));
            cells.add(
                    outcome.problem.isEmpty()
                            ? Text.seconds("seconds", outcome.seconds)
                            : Text.hidden("problem", outcome.problem));
            table.row(cells.toArray()).field("errors", outcome.problem.isEmpty() ? errors(outcome) : null);
        }
        report.list("parts", table);
        for (Outcome outcome : outcomes) {
            if (!outcome.problem.isEmpty()) {
                String text =
                        outcome.part.name() + (outcome.failed ? " failed: " : " was left out: ") + outcome.problem;
                report.warning(text);
                if (outcome.failed) {
                    report.exitCode(ExitCode.FAILED);
                }
            }
        }
    }

    /** Returns the errors of all methods with all labels; empty if the part has none. */
    private static Map<String, Double> errors(Outcome outcome) {
        Map<String, Double> errors = new LinkedHashMap<>();
        if (outcome.figures.get("results") instanceof List<?> results
                && !results.isEmpty()
                && results.get(results.size() - 1) instanceof Map<?, ?> last
                && last.get("methods") instanceof List<?> methods) {
            for (Object each : methods) {
                if (each instanceof Map<?, ?> method && method.get("error") instanceof Number error) {
                    errors.put(String.valueOf(method.get("name")), error.doubleValue());
                }
            }
        }
        return errors;
    }

    /** Returns the errors of {@link #COLUMNS}, for people. */
    private static List<String> cells(Outcome outcome) {
        Map<String, Double> errors = errors(outcome);
        return COLUMNS.stream()
                .map(column -> errors.containsKey(column) ? Format.percent(errors.get(column)) : "")
                .toList();
    }

    Page page() throws IOException {
        long done =
                outcomes.stream().filter(outcome -> outcome.problem.isEmpty()).count();
        Page page = new Page(
                "Experiments",
                "Results of " + done + " of " + Format.count(outcomes.size(), "part") + ". Each has its commands.");
        List<List<String>> rows = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            if (!errors(outcome).isEmpty()) {
                List<String> row = new ArrayList<>(List.of(outcome.part.title()));
                row.addAll(cells(outcome));
                rows.add(row);
            }
        }
        if (!rows.isEmpty()) {
            List<String> header = new ArrayList<>(List.of(""));
            header.addAll(COLUMNS);
            page.table(header, rows);
            page.note(
                    "Errors with all labels; the parts below have intervals, and methods that are not in this table.");
        }
        for (Outcome outcome : outcomes) {
            if (outcome.page == null) {
                page.heading(outcome.part.title()).paragraph("No result: " + outcome.problem + ".");
            } else {
                page.part(outcome.part.title(), Files.readString(outcome.page));
            }
            page.code(outcome.part.commands().stream()
                    .map(command -> "afterimage " + command)
                    .collect(Collectors.joining("\n")));
        }
        return page;
    }
}
