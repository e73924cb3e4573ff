package io.github.afterimage.cli.output;

import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.ErrorCounts.Voice;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Gain;

/** Reports the errors of the network, of the memory, and of both together. */
public final class ErrorReport {
    private ErrorReport() {}

    /** @param views of an image that the network sees */
    public static void report(Report report, ErrorCounts counts, int views) {
        Table table = new Table("lrrrrr").row("", "error", "wrong", "corrected", "broken", "-log p");
        if (counts.hasNetwork()) {
            table.row(
                    "network",
                    Text.percent("networkError", counts.error(Voice.NETWORK)),
                    Text.count("networkErrors", counts.errors(Voice.NETWORK)),
                    "",
                    "",
                    Text.fixed("networkLogLoss", counts.logLoss(Voice.NETWORK), 3));
            if (views > 1) {
                row(table, counts, Voice.AVERAGED, "network, two views", "twoViews");
            }
            row(table, counts, Voice.TOGETHER, "together", "together");
        }
        row(table, counts, Voice.MEMORY, "memory alone", "memory");
        report.table(table);
        if (counts.hasNetwork()) {
            Gain gain = counts.gainOverAveraged();
            report.line("")
                    .line((views > 1 ? "Beside the network on two views: " : "") + gain.words())
                    .field("gain.corrected", gain.corrected())
                    .field("gain.broken", gain.broken())
                    .field("gain.p", gain.p())
                    .field("p", counts.gain(Voice.TOGETHER).p());
        }
    }

    private static void row(Table table, ErrorCounts counts, Voice voice, String words, String name) {
        Gain gain = counts.gain(voice);
        boolean network = counts.hasNetwork();
        String group = voice == Voice.TOGETHER ? "" : name + ".";
        table.row(
                words,
                Text.percent(name + "Error", counts.error(voice)),
                Text.count(name + "Errors", counts.errors(voice)),
                network ? Text.count(group + "corrected", gain.corrected()) : "",
                network ? Text.count(group + "broken", gain.broken()) : "",
                Text.fixed(name + "LogLoss", counts.logLoss(voice), 3));
    }
}
