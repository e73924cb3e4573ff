package io.github.afterimage.cli;

import io.github.afterimage.cli.options.PageOption;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.ReproductionReport;
import io.github.afterimage.cli.output.ReproductionReport.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "reproduce-all",
        header = "Run a list of experiments and write one page about them.",
        description = {
            "",
            "Runs the paper's Table 1 and its baselines on the networks and data that are there, one command after the other. "
                    + "Finished parts are kept in the work folder, so an interrupted run continues. A part whose files are "
                    + "missing is left out, and the report names the file. --list shows the commands without running them."
        },
        footer = {
            "  afterimage reproduce-all --data data --models networks --page experiments.html",
            "  afterimage reproduce-all --data data --models networks --plan mine.txt --only cifar100"
        })
final class ReproduceAllCommand extends Command {
    private static final String PLAN = "reproduction.txt";
    private static final com.fasterxml.jackson.jr.ob.JSON JSON_READER = com.fasterxml.jackson.jr.ob.JSON.std;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "DIR",
            description = "Folder of the data, which commands of the plan name in braces.")
    private Path data;

    @Option(names = "--models", required = true, paramLabel = "DIR", description = "Folder of the networks, likewise.")
    private Path models;

    @Option(
            names = "--plan",
            paramLabel = "FILE",
            description = "Text file with other commands, in the form that --list prints.")
    private @Nullable Path plan;

    @Option(names = "--only", paramLabel = "TEXT", description = "Run the parts whose name contains this.")
    private String only = "";

    @Option(names = "--list", description = "Print the plan and run nothing.")
    private boolean list;

    @Option(
            names = "--work",
            paramLabel = "DIR",
            description = "Folder for the results of finished parts; experiments by default.")
    private Path work = Path.of("experiments");

    @Mixin
    private PageOption page;

    @Override
    void execute(Report report) throws IOException {
        List<String> lines = plan();
        ReproductionPlan parsed;
        try {
            parsed = ReproductionPlan.parse(lines);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException((plan == null ? PLAN : plan) + ": " + e.getMessage(), e);
        }
        if (parsed.parts().isEmpty()) {
            throw new IllegalArgumentException(plan + ": the plan has no part; --list shows the form");
        }
        if (list) {
            lines.forEach(report::line);
            return;
        }
        page.check();
        Files.createDirectories(work);
        List<ReproductionPlan.Part> parts = parsed.parts().stream()
                .filter(part -> part.name().contains(only))
                .toList();
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("--only " + only + ": no part has this in its name; --list shows them");
        }
        List<Outcome> outcomes = new ArrayList<>();
        for (ReproductionPlan.Part part : parts) {
            announce(part.name() + ": " + part.title());
            outcomes.add(run(part));
        }
        ReproductionReport written = new ReproductionReport(outcomes);
        written.write(report);
        if (page.given()) {
            page.write(written.page(), report);
        }
    }

    private List<String> plan() throws IOException {
        if (plan != null) {
            return Files.readAllLines(plan);
        }
        try (InputStream stream = Objects.requireNonNull(getClass().getResourceAsStream(PLAN))) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }

    private Outcome run(ReproductionPlan.Part part) throws IOException {
        Map<String, Path> folders = Map.of("data", data, "models", models);
        Path missing = part.missing(folders).orElse(null);
        if (missing != null) {
            return Outcome.leftOut(part.name(), part.title(), part.command(), missing + " is missing");
        }
        Path written = work.resolve(part.name() + ".html");
        Path json = work.resolve(part.name() + ".json");
        List<String> arguments = part.arguments(folders);
        arguments.addAll(List.of("--page", written.toString(), JSON));
        if (takes(arguments.get(0), "--work")) {
            arguments.addAll(List.of("--work", work.toString()));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        long start = System.nanoTime();
        int exitCode = runInside(arguments, out);
        double seconds = (System.nanoTime() - start) / 1e9;
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("interrupted during " + part.name() + "; the same command continues");
        }
        Map<String, Object> figures = JSON_READER.mapFrom(out.toByteArray());
        if (figures.get("error") instanceof Map<?, ?> error && exitCode != 0) {
            return Outcome.failed(part.name(), part.title(), part.command(), String.valueOf(error.get("message")));
        }
        Files.write(json, out.toByteArray());
        return Outcome.done(part.name(), part.title(), part.command(), figures, written, seconds);
    }
}
