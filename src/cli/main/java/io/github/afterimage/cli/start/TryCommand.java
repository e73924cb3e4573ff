package io.github.afterimage.cli.start;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.cli.output.ProgramJar;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.command.ProcessMemory;
import io.github.afterimage.experiments.command.ShellWord;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.DeviceOptions;
import io.github.afterimage.experiments.options.PreprocessingOptions;
import io.github.afterimage.experiments.options.SeedOption;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.trial.Trial;
import io.github.afterimage.experiments.trial.TrialData;
import io.github.afterimage.experiments.trial.TrialOptions;
import io.github.afterimage.experiments.trial.TrialResult;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@picocli.CommandLine.Command(
        name = "try",
        header = "Find out whether a memory helps your network, from the network and labelled images.",
        description = {
            "",
            "Finds the preprocessing, matches the classes, chooses layers, builds and tunes an index, and tests it on images "
                    + "that it was not tuned on. It tells the errors of the network, of the memory and of both together, what the memory "
                    + "costs, how many labelled images it takes, and whether it is worth it.",
            "",
            "--data is divided in sixths: four become the memory, one tunes, one tests. This is done 5 times, so that all but a sixth "
                    + "are tested once, by a memory of others. A folder is divided by class, with another --seed otherwise; files are "
                    + "cut in their order; a whole CIFAR keeps its own training and test images and is tested once. Pictures with the "
                    + "same pixels as another are left out. Pictures of one class that show the same scene, such as frames, "
                    + "crops and mirror images, stay in one part, and tests count such a group once. Without "
                    + "--group a gain is doubted where the pictures of a class seem to share more than their content: small parts, such as "
                    + "an object on several backgrounds or a watermark, a tint or a camera, or so much that nearly no error is left. Tuning and test images must be "
                    + "images that the network was not trained with; the memory may hold its training images. Name the parts "
                    + "with --memory, --tuning and --test if the network has seen some of them.",
            "",
            "The folder --out receives the index, which predict and serve take; report.html, a page that shows pictures which the "
                    + "memory corrected and broke; commands.sh, with the commands that make the index; and a folder work. An "
                    + "interrupted trial continues from there: run the same command again. An index there that was changed "
                    + "since, or that is of another network or other data, is never replaced."
        },
        footer = {
            "  afterimage try net.onnx --data images:pictures",
            "  afterimage try resnet20.onnx --memory 'cifar10:data#train[0:45000]' \\",
            "      --tuning 'cifar10:data#train[45000:]' --test 'cifar10:data#test'",
            "  afterimage try --data features:features.npz"
        })
public final class TryCommand extends Command {
    private static final String COMMANDS = "commands.sh";
    private static final String PAGE = "report.html";

    @Parameters(arity = "0..1", paramLabel = "NETWORK", description = "The network, an ONNX file; none for features.")
    private @Nullable Path network;

    @Option(
            names = "--data",
            paramLabel = "DATA",
            description =
                    "The labelled examples to divide: images:DIR with a folder for each class, cifar10:PATH, cifar100:PATH,"
                            + " npz:FILE or features:FILE, as \"build\" takes them.")
    private @Nullable String data;

    @Option(names = "--memory", paramLabel = "DATA", description = "The examples that become keys.")
    private @Nullable String memory;

    @Option(names = "--tuning", paramLabel = "DATA", description = "The examples that everything is chosen on.")
    private @Nullable String tuning;

    @Option(names = "--test", paramLabel = "DATA", description = "The examples that are reported on.")
    private @Nullable String test;

    @Option(
            names = "--group",
            paramLabel = "PATTERN",
            description =
                    "A regular expression for the names of the pictures of images:DIR, such as '/(video\\d+)': those with the"
                            + " same text in the first parentheses, such as the frames of a video, stay in one part and count once.")
    private @Nullable Pattern group;

    @Option(
            names = "--layers",
            split = ",",
            paramLabel = "LAYER",
            description = "The layers of a key, separated by commas; found by a search if they are not given.")
    private List<String> layers = List.of();

    @Mixin
    private PreprocessingOptions preprocessing;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "The folder for the results; ${DEFAULT-VALUE} by default.")
    private Path out = Path.of("afterimage-try");

    @Option(
            names = "--splits",
            paramLabel = "N",
            description =
                    "How many of the 5 divisions of --data to test, 1 to 5; 5 by default, and 1 where that would take long.")
    private @Nullable Integer splits;

    @Option(names = "--verbose", description = "Print what the page says, too.")
    private boolean verbose;

    @Mixin
    private SeedOption seed;

    @Mixin
    private DeviceOptions processor;

    @Override
    protected void execute(Report report) throws IOException {
        try {
            run(report);
        } catch (IOException | RuntimeException e) {
            if (Failure.interrupted(e) && Files.isDirectory(work())) {
                throw new Failure.InterruptionException(
                        "the same command continues with what is finished in " + work(), e);
            }
            throw e;
        }
    }

    private Path work() {
        return out.resolve("work");
    }

    private void run(Report report) throws IOException {
        processor.apply();
        if (network != null && !Files.exists(network)) {
            throw new NoSuchFileException(network.toString(), null, "no such network; expected an ONNX file");
        }
        if (splits != null && (splits < 1 || splits > Trial.DIVISIONS)) {
            throw new IllegalArgumentException(
                    "--splits " + splits + ": expected 1 to " + Trial.DIVISIONS + ", since the data are cut in sixths");
        }
        if (Files.exists(out) && !Files.isDirectory(out)) {
            throw new FileAlreadyExistsException(out.toString(), null, "is a file; name a folder with --out");
        }
        TrialData parts = TrialData.of(data, memory, tuning, test);
        if (splits != null && splits > 1 && !parts.isDivided()) {
            throw new IllegalArgumentException(
                    "--splits " + splits
                            + (memory == null && tuning == null && test == null
                                    ? ": " + data
                                            + " has its own training and test images, which are not divided: leave it out"
                                    : " with parts that you named: leave it out, or name the examples to divide with --data alone"));
        }
        LongSupplier peakBytes = () -> ProcessMemory.peakResidentBytes().orElse(MemoryUse.peakBytes());
        TrialResult result;
        try (Steps steps = new Steps()) {
            result = Trial.run(new TrialOptions(
                    network,
                    preprocessing.settings(processor.threads()),
                    preprocessing.steps(),
                    layers,
                    parts,
                    group,
                    out,
                    new WorkFolder(work(), peakBytes),
                    processor.threads(),
                    seed.seed(),
                    splits,
                    peakBytes,
                    steps::begin));
        }
        Path commands = out.resolve(COMMANDS);
        OutputFile.write(commands, script(result.commands()));
        Path page = out.resolve(PAGE);
        TryReport tried = new TryReport(result);
        Report details = new Report();
        tried.details(details);
        OutputFile.write(page, details.page().html());
        tried.summary(report, commands, page);
        if (verbose || json()) {
            tried.details(report.line(""));
        }
        result.warnings().forEach(report::warning);
    }

    /** A script of the commands; those that wait for the user are comments. */
    private static String script(List<String> commands) {
        StringBuilder script = new StringBuilder("#!/bin/sh\n# The commands of \"afterimage try\"\nset -e\ncd "
                + ShellWord.of(Path.of("").toAbsolutePath().toString()) + "\nafterimage() { "
                + "command " + ProgramJar.command()
                + " \"$@\"; }\n\n"); // "command": the program may have the function's name
        for (String command : commands) {
            boolean waits = command.startsWith("afterimage predict") || command.startsWith("afterimage serve");
            script.append(waits ? "# " : "").append(command).append('\n');
        }
        return script.toString();
    }

    /** Shows one step after the other. */
    private final class Steps implements AutoCloseable {
        private @Nullable TerminalProgress shown;

        TerminalProgress begin(String step) {
            close();
            note(step + " ...");
            TerminalProgress next = progress(step, TryCommand.this::note);
            shown = next;
            return next;
        }

        @Override
        public void close() {
            if (shown != null) {
                shown.close();
            }
        }
    }
}
