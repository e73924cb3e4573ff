package io.github.afterimage.experiments.options;

import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A page that shows the results. */
public final class PageOption {
    @Option(
            names = "--page",
            paramLabel = "FILE.html",
            description = "Also write the results as a page to look at or to print.")
    private @Nullable Path file;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    public boolean given() {
        return file != null;
    }

    /** Fails before the work if the page cannot be written or would replace an input. */
    public void check() throws IOException {
        if (file != null) {
            OutputFile.checkWritable(file);
            OutputFile.checkIsNoInput(command, file);
            OutputFile.checkNamesPage(file);
        }
    }

    /** Writes the report as a page, if one is wanted. */
    public void write(Report report) throws IOException {
        if (file != null) {
            write(report.page(), report);
        }
    }

    /** Writes the page; it must be wanted. */
    public void write(Page page, Report report) throws IOException {
        Path given = Objects.requireNonNull(file);
        OutputFile.write(given, page.html());
        report.line("").line("page in %s", Text.value("page", given.toString()));
    }
}
