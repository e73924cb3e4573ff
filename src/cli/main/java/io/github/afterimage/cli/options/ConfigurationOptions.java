package io.github.afterimage.cli.options;

import static io.github.afterimage.experiments.report.Text.hidden;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The file with the options of a command whose default values a {@link Configuration} provides. */
public final class ConfigurationOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = Configuration.FILE,
            order = 65,
            paramLabel = "FILE",
            description = "A file with options, one a line, such as port = 8080. Environment variables such as"
                    + " AFTERIMAGE_SERVE_PORT come before it, and options of the command line before these.")
    @SuppressWarnings("unused") // Configuration reads it
    private @Nullable Path file;

    @Option(
            names = "--show-config",
            order = 66,
            description = "Print the value of every option and the place it comes from, and do nothing else.")
    private boolean shown;

    /** Returns true if the values are wanted, and nothing else. */
    public boolean isShown() {
        return shown;
    }

    /** Adds every option with its value and the place it comes from. */
    public void show(Report report) {
        Table table = new Table("lll");
        for (OptionSpec option : Configuration.options(command)) {
            Object present = option.getValue();
            table.row(
                    value("name", Configuration.name(option)),
                    present == null ? hidden("value", null) : value("value", present.toString()),
                    value("source", source(option)));
        }
        report.list("options", table);
    }

    private String source(OptionSpec option) {
        return Configuration.isTyped(option)
                ? "command line"
                : Configuration.source(option).orElse("default");
    }
}
