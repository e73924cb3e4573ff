package io.github.afterimage.cli;

import static io.github.afterimage.cli.output.Text.bytes;
import static io.github.afterimage.cli.output.Text.count;
import static io.github.afterimage.cli.output.Text.figure;
import static io.github.afterimage.cli.output.Text.hidden;
import static io.github.afterimage.cli.output.Text.hyperparameters;
import static io.github.afterimage.cli.output.Text.value;

import io.github.afterimage.cli.options.DemoFiles;
import io.github.afterimage.cli.output.ErrorReport;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.IndexText;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.experiments.EngineTiming;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;

/** Reports the results of {@code demo}. */
record DemoReport(Demo demo, DemoFiles files) {
    void write(Report report) throws IOException {
        report.line(
                        "%s, %s%s",
                        IndexText.keys(demo.index()),
                        bytes("bytes", Files.size(files.index())),
                        hidden("index", files.index().toString()))
                .line("%s, tuned on other images when the index was made", hyperparameters(demo.tuned()))
                .line(
                        "%s that neither the network nor its cache saw:",
                        count("examples", demo.errors().examples(), "test image"));
        ErrorReport.report(report, demo.errors());
        report.line("").line(demo.gain().words()).field("mcNemar", demo.gain().p());
        report.field("engineQueries", demo.engineQueries()).list("engines", engines());
    }

    private Table engines() {
        Table table = new Table("lrrl").row("engine", "queries/s", "largest |dp|", "");
        for (EngineTiming row : demo.engines()) {
            if (row.problem() != null) {
                table.row(value("name", row.engine()), "-", "-", value("problem", row.problem()));
                continue;
            }
            double rate = demo.queriesPerSecond(row);
            double difference = row.largestDifference();
            String shown = row.engine().equals("reference") ? "" : String.format(Locale.ROOT, "%.0e", difference);
            table.row(
                            value("name", row.engine()),
                            figure("queriesPerSecond", rate, Format.count(Math.round(rate))),
                            figure("largestDifference", difference, shown),
                            row.description())
                    .field("agreeing", row.agreeing());
        }
        return table;
    }
}
