package io.github.afterimage.cli.output;

import static io.github.afterimage.cli.output.Text.bytes;
import static io.github.afterimage.cli.output.Text.count;
import static io.github.afterimage.cli.output.Text.figure;
import static io.github.afterimage.cli.output.Text.seconds;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.experiments.SketchStatistics;
import java.util.Locale;

/** Reports how good answers from the sketch of an index are, and how much work it saved. */
public final class SketchReport {
    private SketchReport() {}

    /** @param components numbers of a code */
    public static void report(
            Report report, CacheIndex index, int components, double tolerance, SketchStatistics result) {
        report.table(new Table("lr")
                .row("sketch", bytes("sketchBytes", index.sketchBytes()))
                .row("asked for", figure("sketchTolerance", tolerance, "p within " + Format.number(tolerance)))
                .row("within their half width", share("sketchCovered", result.covered(), result))
                .row("off by more than asked", share("sketchBeyond", result.beyond(), result))
                .row(
                        "greatest error, 99 %",
                        figure(
                                "sketchErrorPercentile99",
                                result.errorPercentile99(),
                                error(result.errorPercentile99())))
                .row("classes unlike the exact answer", count("sketchDiffering", result.differing()))
                .row("by the plain pass", plain(result))
                .row("keys read, mean", count("sketchReadMean", Math.round(result.readMean())))
                .row("keys read, median", count("sketchReadMedian", result.readMedian()))
                .row("keys read, 99 %", count("sketchReadPercentile99", result.readPercentile99()))
                .row("bytes read, of those of keys", bytesRead(index, components, result))
                .row("time", seconds("sketchSeconds", result.sketchSeconds()))
                .row("time of the plain pass", seconds("sketchPlainSeconds", result.plainSeconds())));
    }

    /** The codes of all keys, a quarter of a byte for each component and a scale, and the keys that were read. */
    private static Text bytesRead(CacheIndex index, int components, SketchStatistics result) {
        double codeBytes = components / 4.0 + Short.BYTES;
        double keyBytes = (double) index.keyDim() * index.type().bytes();
        double share = codeBytes / keyBytes + result.readMean() / index.size();
        return figure("sketchBytesShare", share, Format.percent(share));
    }

    private static String error(double value) {
        return value == 0 || value >= 1e-4 ? Format.number(value) : String.format(Locale.ROOT, "%.0e", value);
    }

    private static Text plain(SketchStatistics result) {
        String share = Format.percent(result.plain() / (double) result.queries());
        boolean all = result.plain() == result.queries();
        return figure("sketchPlain", result.plain(), all ? share + ": the sketch does not pay here" : share);
    }

    private static Text share(String name, long count, SketchStatistics result) {
        return figure(name, count, Format.percent(count / (double) result.queries()));
    }
}
