package io.github.afterimage.experiments.reproduction;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.options.PageOption;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.reproduction.ReproductionPlan.Part;
import io.github.afterimage.experiments.reproduction.ReproductionReport.Outcome;
import io.github.afterimage.model.evaluation.Stopwatch;
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
        name = "all",
        header = "Run a list of experiments and write one page about them.",
        description = {
            "",
            "Runs the commands of a plan one after the other, on the networks and data that are there: \"measure methods\" for ten "
                    + "networks and features, and \"reproduce layers\", size, attacks and jacobian for a ResNet56. "
                    + "--list shows the plan and runs nothing.",
            "",
            "Finished parts are kept in the work folder, so an interrupted run continues. A part whose files are missing is left "
                    + "out, and the report names the file."
        },
        footer = {
            "  afterimage reproduce all --data data --models networks --page experiments.html",
            "  afterimage reproduce all --data data --models networks --plan mine.txt --only cifar100"
        })
public final class ReproduceAllCommand extends Command {
    private static final String PLAN = "reproduction.txt";
    private static final String PREPARATION = "preparation";
    private static final String RESULT = "result";
    private static final com.fasterxml.jackson.jr.ob.JSON JSON_READER = com.fasterxml.jackson.jr.ob.JSON.std;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Folder of the data, which commands of the plan name in braces; needed to run them.")
    private @Nullable Path data;

    @Option(names = "--models", paramLabel = "DIR", description = "Folder of the networks, likewise.")
    private @Nullable Path models;

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
    protected void execute(Report report) throws IOException {
        List<String> lines = plan();
        ReproductionPlan parsed;
        try {
            parsed = ReproductionPlan.parse(lines);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException((plan == null ? PLAN : plan) + ": " + e.getMessage(), e);
        }
        refuse(parsed.parts().isEmpty(), plan + ": the plan has no part; --list shows the form");
        if (list) {
            lines.forEach(report::line);
            return;
        }
        if (data == null || models == null) {
            throw new IllegalArgumentException(
                    "--data and --models are missing: give the folders that the commands of the plan name");
        }
        Map<String, Path> folders = Map.of("data", data, "models", models, "work", work);
        page.check();
        WorkFolder kept = new WorkFolder(work, () -> 0);
        List<Part> parts = parsed.parts().stream()
                .filter(part -> part.name().contains(only))
                .toList();
        refuse(parts.isEmpty(), "--only " + only + ": no part has this in its name; --list shows them");
        List<Outcome> outcomes = new ArrayList<>();
        for (Part part : parts) {
            announce(part.name() + ": " + part.title());
            outcomes.add(run(part, folders, kept));
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

    private Outcome run(Part part, Map<String, Path> folders, WorkFolder kept) throws IOException {
        Path missing = part.missing(folders).orElse(null);
        if (missing != null) {
            return Outcome.withoutResult(part, missing + " is missing", false);
        }
        Path written = work.resolve(part.name() + ".html");
        Finished finished;
        try {
            finished = finished(part, folders, kept, written, prepare(part, folders, kept));
        } catch (PartException e) {
            return Outcome.withoutResult(part, String.valueOf(e.getMessage()), true);
        }
        byte[] json = finished.json.getBytes(StandardCharsets.UTF_8);
        Files.write(work.resolve(part.name() + ".json"), json);
        return new Outcome(part, "", false, JSON_READER.mapFrom(json), written, finished.seconds);
    }

    /**
     * Runs the last command of a part, or returns its kept result. A command with a work folder keeps its own parts and always
     * runs.
     *
     * @param fresh whether preparations ran
     */
    private Finished finished(Part part, Map<String, Path> folders, WorkFolder kept, Path written, boolean fresh)
            throws IOException {
        List<String> more = new ArrayList<>(List.of("--page", written.toString()));
        boolean keepsOwn = takes(part.last(), "--work");
        if (keepsOwn) {
            more.addAll(List.of("--work", work.toString()));
        }
        Map<String, Object> settings = Map.of("name", part.name(), "arguments", Part.arguments(part.last(), folders));
        if (keepsOwn || fresh || !Files.exists(written)) {
            kept.forget(RESULT, settings);
        }
        return kept.part(RESULT, settings, Finished.class, () -> {
            Stopwatch watch = Stopwatch.started();
            byte[] json = run(part, part.last(), folders, more);
            return new Finished(new String(json, StandardCharsets.UTF_8), watch.seconds());
        });
    }

    /** Runs the preparations that are not done; returns whether any ran. */
    private boolean prepare(Part part, Map<String, Path> folders, WorkFolder kept) throws IOException {
        boolean fresh = false; // what follows a preparation that runs again has to run again too
        for (String command : part.preparations()) {
            Map<String, Object> settings = Map.of("arguments", Part.arguments(command, folders));
            if (fresh || !Part.isPrepared(command, folders)) {
                kept.forget(PREPARATION, settings);
            }
            fresh |= !kept.has(PREPARATION, settings);
            kept.part(PREPARATION, settings, Preparation.class, () -> {
                run(part, command, folders, List.of());
                return new Preparation(part.name());
            });
        }
        return fresh;
    }

    /** Runs a command and returns the JSON that it prints. */
    private byte[] run(Part part, String command, Map<String, Path> folders, List<String> more) throws IOException {
        List<String> arguments = Part.arguments(command, folders);
        arguments.addAll(more);
        arguments.add(JSON);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int exitCode = runInside(arguments, out);
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("interrupted during " + part.name() + "; the same command continues");
        }
        Map<String, Object> figures = JSON_READER.mapFrom(out.toByteArray());
        if (figures.get("error") instanceof Map<?, ?> error && exitCode != 0) {
            throw new PartException(String.valueOf(error.get("message")));
        }
        return out.toByteArray();
    }

    /** The result of a part: its JSON, and the seconds that its last command took. */
    public record Finished(String json, double seconds) {}

    /** A preparation that is done; a part of the work folder. */
    public record Preparation(String name) {}

    /** A command of a part failed. */
    private static final class PartException extends IOException {
        private static final long serialVersionUID = 1;

        PartException(String problem) {
            super(problem);
        }
    }
}
