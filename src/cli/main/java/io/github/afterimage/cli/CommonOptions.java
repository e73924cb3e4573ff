package io.github.afterimage.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every command takes. */
final class CommonOptions {
    static final String JSON = "--json";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = JSON, order = 90, description = "Print one JSON object instead of text, of an error too.")
    private boolean json;

    @Option(names = "--stack-trace", order = 91, description = "If the command fails, also print where in the program.")
    private boolean stackTrace;

    @Option(
            names = {"-h", "--help"},
            order = 92,
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    boolean stackTrace() {
        return stackTrace;
    }

    boolean json() {
        return json;
    }

    /** Where a command writes what is not part of its report. */
    PrintWriter output() {
        return command.commandLine().getOut();
    }

    void print(Report report) {
        report.print(output(), json, program().columns());
        report.warnings().forEach(warning -> messages().println("afterimage: warning: " + warning));
    }

    /** Where a command says what is not part of its output. */
    PrintWriter messages() {
        return command.commandLine().getErr();
    }

    /** @param task one word, such as {@code indexing} */
    TerminalProgress progress(String task) {
        return new TerminalProgress(task, program().showsProgress());
    }

    private Afterimage program() {
        return (Afterimage) command.root().userObject();
    }
}
