package io.github.afterimage.experiments.command;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.report.Report;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * A command and the options that every command takes. It prints its report at the end; a command that throws an exception
 * prints none.
 *
 * <p>Help lists options as they are declared, then those with an {@code order}, which concern the machine and not the task.
 */
@CommandLine.Command(
        abbreviateSynopsis = true,
        parameterListHeading = "%n",
        optionListHeading = "%nOptions (* required, | one of these):%n",
        footerHeading = "%nExamples:%n")
public abstract class Command implements Callable<Integer> {
    public static final String JSON = "--json";

    @Spec
    private CommandSpec spec;

    @Option(
            names = JSON,
            order = 90,
            description = "Print one JSON object instead of text; an error is printed as an object too.")
    private boolean json;

    @Option(
            names = "--stack-trace",
            order = 91,
            description = "If the command fails, also print the stack trace of the failure.")
    private boolean stackTrace;

    @Option(
            names = {"-h", "--help"},
            order = 92,
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("unused") // picocli sets it
    private boolean help;

    @Override
    public final Integer call() throws IOException {
        Report report = new Report();
        execute(report);
        report.print(out(), json, program().columns());
        report.warnings().forEach(warning -> err().println("afterimage: warning: " + warning));
        return report.exitCode();
    }

    /**
     * Does the work and adds the results to {@code report}.
     *
     * @throws IllegalArgumentException if the options contradict each other or the data
     */
    protected abstract void execute(Report report) throws IOException;

    /** Fails before the work if a file, which may be null, cannot be written or would replace one that the command reads. */
    protected final void checkOutput(@Nullable Path file) throws IOException {
        if (file != null) {
            OutputFile.checkWritable(file);
            OutputFile.checkIsNoInput(spec, file);
        }
    }

    protected final CommandSpec spec() {
        return spec;
    }

    protected final boolean json() {
        return json;
    }

    public final boolean stackTrace() {
        return stackTrace;
    }

    /** Standard output, for results that are not part of the report. */
    protected final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** Standard error, for messages. */
    protected final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Prints the next step on standard error where no bar shows it, so that a file or a log has it while the command runs. */
    protected final void note(String step) {
        if (!program().showsProgress() && !json) {
            err().println("afterimage: " + step);
        }
    }

    public final TerminalProgress progress(String task) {
        return progress(task, line -> {});
    }

    /** @param log receives the time left, once, if it is long */
    protected final TerminalProgress progress(String task, Consumer<String> log) {
        return new TerminalProgress(task, program().showsProgress(), log);
    }

    /** A step of the work. */
    public interface Step<T> {
        T run(Progress progress) throws IOException;
    }

    /** Takes a step. */
    public final <T> T step(String task, Step<T> step) throws IOException {
        try (TerminalProgress progress = progress(task)) {
            return step.run(progress);
        }
    }

    /** Takes a step over data; what does not fit is said with their name. */
    public final <T> T step(String task, String data, Step<T> step) throws IOException {
        return Failure.naming(data, () -> step(task, step));
    }

    private Program program() {
        return (Program) spec.root().userObject();
    }
}
